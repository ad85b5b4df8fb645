// What a return makes that leaves the hub, and the templates of what its customer is told.

/** A task is for a person here, and goes nowhere by itself. */
export const madeRecords = ['label', 'refund', 'restock', 'clawback', 'notification'] as const;
export type MadeRecord = (typeof madeRecords)[number];

export const returnTemplates = ['return-evidence', 'return-identity', 'return-ship-back'] as const;
export type ReturnTemplate = (typeof returnTemplates)[number];
