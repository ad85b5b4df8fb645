// The stories of the hub over PostgreSQL: the same rows, whichever engine keeps them.
import { describe } from 'vitest';
import { everyStories } from '../core/every-stories.ts';
import { mappingPlanStories } from '../core/mapping-plan-stories.ts';
import { parkingStories } from '../core/parking-stories.ts';
import { reconcileStories } from '../core/reconcile-stories.ts';
import { walkthroughStories } from '../core/walkthrough-stories.ts';
import { orderLaws } from '../intake/routing/laws.ts';

describe('one order through the tables', () => walkthroughStories('postgres'));
describe('types of which every state counts', () => everyStories('postgres'));
describe('references', () => parkingStories('postgres'));
describe('reconciling', () => reconcileStories('postgres'));
describe('planning a mapping', () => mappingPlanStories('postgres'));
describe('orders that are routed', () => orderLaws('postgres', 2));
