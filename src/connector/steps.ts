// Moves an object from state to state. There are systems that answer a step they do not take as if all were well: each
// is read back.
import type { Verdict } from './contract.ts';
import { ConnectorError } from './error.ts';
import { noIfRejected } from './verdict.ts';

export interface Course {
  /** State → the step that leads to the next one, in their order; the last has none. */
  steps: Readonly<Record<string, string | undefined>>;
  /** States beside that order → the step that leads there. */
  exits?: Readonly<Record<string, string>>;
  /** Reads it. */
  state(): Promise<string>;
  take(step: string): Promise<unknown>;
}

/** What is further than that already stays where it is. @throws ConnectorError rejected when a step is not taken */
export async function moveTo(course: Course, to: string): Promise<void> {
  const { steps, exits = {} } = course;
  const order = Object.keys(steps);
  if (!Object.hasOwn(exits, to) && !order.includes(to))
    throw new ConnectorError('invalid', `there is no state "${to}"; known: ${knownOf(course)}`, { sent: false });
  const exit = Object.hasOwn(exits, to) ? exits[to] : undefined;
  const isThere = (state: string): boolean =>
    exit === undefined ? order.indexOf(state) >= order.indexOf(to) : state === to;
  let state = await course.state();
  while (!isThere(state)) state = await stepFrom(state, exit ?? steps[state], course);
}

const knownOf = ({ steps, exits = {} }: Course): string => [...Object.keys(steps), ...Object.keys(exits)].join(', ');

async function stepFrom(state: string, step: string | undefined, course: Course): Promise<string> {
  const refuse = (what: string): never => {
    throw new ConnectorError('rejected', what, { status: 200 });
  };
  if (step === undefined) return refuse(`it is ${state}, and no step leads on from there`);
  await course.take(step);
  const next = await course.state();
  return next === state ? refuse(`"${step}" was not refused, but it is still ${state}`) : next;
}

/** Asked again, the object itself says how it stands. */
export async function verdictOf(course: Course, { to, again }: { to: string; again: boolean }): Promise<Verdict> {
  if ((await course.state()) === to) return 'yes';
  if (again) return 'no';
  return moveTo(course, to).then(() => 'yes' as const, noIfRejected);
}
