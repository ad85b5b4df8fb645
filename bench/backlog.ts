// The store side of a hub over a database filled in bulk, in a process of its own: started by the bench, not by hand.

import type { Core } from '../src/core/core.ts';
import { type Drained, drain, openClaims } from './backlog/claims.ts';
import { offerJobs } from './measure/jobs.ts';

let core: Core | undefined;

const jobs = {
  open: async (folder: string): Promise<void> => {
    await core?.close();
    core = await openClaims(folder);
  },
  drain: async (given: { system: string; count: number }): Promise<Drained> => {
    if (!core) throw new Error('nothing is open');
    return drain(core, given);
  },
  close: async (): Promise<void> => {
    await core?.close();
    core = undefined;
  },
};
export type BacklogJobs = typeof jobs;

offerJobs(jobs);
