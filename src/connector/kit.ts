// What the connector of an npm package is handed, so that it needs no import path into the hub; and which kit this is.
import { z } from 'zod';
import { parseJson, stringifyJson } from '../model/json.ts';
import * as answer from './answer.ts';
import { askJson } from './ask-json.ts';
import { pushAlone, pushInBatches, sendingOf } from './batches.ts';
import { ConnectorError } from './contract.ts';
import { defineConnector } from './define.ts';
import * as fields from './fields.ts';
import { askGraphQL } from './graphql.ts';
import { inTime } from './in-time.ts';
import * as payload from './payload.ts';
import { fillTemplate, parseTemplate } from './request-template.ts';
import { secret } from './secret.ts';
import { isSigned, signedJson } from './signature.ts';
import { faultOfAnswer, isGood } from './status.ts';
import { listPages, pollPages, sweepPages } from './time-pages.ts';
import { verifiedWebhook, webhookEvent, webhookSettings } from './webhook.ts';

/** Raised when a connector that was written before would no longer work; `syncline.kit` of its package.json names it. */
export const kitVersion = 1;

export const kit = {
  z,
  defineConnector,
  ConnectorError,
  secret,
  ...fields,
  ...answer,
  ...payload,
  parseTemplate,
  fillTemplate,
  isGood,
  askJson,
  pushAlone,
  pushInBatches,
  sendingOf,
  faultOfAnswer,
  pollPages,
  listPages,
  sweepPages,
  askGraphQL,
  webhookSettings,
  verifiedWebhook,
  webhookEvent,
  isSigned,
  signedJson,
  parseJson,
  stringifyJson,
  inTime,
};
