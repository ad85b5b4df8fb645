// Every case of the contract, in the order of the report.
import type { Case } from './case.ts';
import { faults } from './faults.ts';
import { reading } from './reading.ts';
import { secrecy } from './secrecy.ts';
import { webhooks } from './webhooks.ts';
import { writing } from './writing.ts';

export const connectorCases: readonly Case[] = [...writing, ...reading, ...webhooks, ...faults, ...secrecy];
