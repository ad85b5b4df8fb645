import { everyStories } from './every-stories.ts';

everyStories('sqlite');
