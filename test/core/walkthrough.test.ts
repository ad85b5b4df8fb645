import { walkthroughStories } from './walkthrough-stories.ts';

walkthroughStories('sqlite');
