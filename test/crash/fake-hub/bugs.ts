// What can be wrong with the fake hub: the promise of the judge that each one breaks.

export const bugs = {
  'answers before it has kept the change': 'a record is what was acknowledged',
  'forgets keys when it is killed': 'a repeat gets the first answer',
  'forgets a send that got no answer': 'one create until it is answered',
  'repeats a key with the newest bytes': 'a key stands for the same bytes',
  'sends an older state when an answer was lost': 'nothing older follows newer',
  'does not wait when it is told to': 'who is told to wait waits',
  'sends the lines of an edit later': 'an edit arrives whole',
  'takes a note from whoever sends one': 'what is refused arrives nowhere',
  'takes an older acknowledgement for the newest state': 'a copy is what was acknowledged',
  'acknowledges what no page had': 'the feed skips nothing',
  'serves again what was acknowledged': 'the feed goes forward',
  'skips an event for cursors from before a kill': 'the stream keeps its order',
  'gives a version twice after a kill': 'the stream tells each version',
  'gives a number twice after a kill': 'the stream tells what was acknowledged',
  'lets an older note of the staff replace a newer one': 'a record is what was acknowledged',
  'takes only the first change of a batch': 'every change is answered',
  'gives up a record that fails twice': 'only refusals are dead letters',
  'forgets a refusal': 'only refusals are dead letters',
  'never tries again after a lost answer': 'nothing waits in the end',
  'counts in memory': 'the counts agree',
  'fails now and then': 'the hub never fails',
} as const;

export type Bug = keyof typeof bugs;
