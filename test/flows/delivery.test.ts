import { deliveryStories } from './delivery-stories.ts';

deliveryStories();
