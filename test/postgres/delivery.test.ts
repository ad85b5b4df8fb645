// A hub over systems that fail, with its store in PostgreSQL: the stories of test/flows/delivery.test.ts again.
import { vi } from 'vitest';
import { deliveryStories } from '../flows/delivery-stories.ts';
import { keepHubsIn } from '../flows/hub.ts';
import { newSchema } from './harness.ts';

vi.setConfig({ testTimeout: 120_000 });
keepHubsIn(newSchema);
deliveryStories();
