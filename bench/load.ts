// The load generator, in a process of its own: node dist/bench/load.js is started by the bench, not by hand.
import { sendLoad } from './load/send.ts';
import { offerJobs } from './measure/jobs.ts';

const jobs = { send: sendLoad };
export type LoadJobs = typeof jobs;

offerJobs(jobs);
