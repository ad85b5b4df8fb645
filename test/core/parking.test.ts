import { parkingStories } from './parking-stories.ts';

parkingStories('sqlite');
