// Up to where changes were pruned: a cursor of the store itself, so that it is copied and backed up as they are.

export const prunedChanges = 'pruned:changes';
