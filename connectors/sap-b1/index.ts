// SAP Business One: customers as business partners, through its Service Layer.
import type { Operation } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import type { RecordType } from '../../src/model/records.ts';
import { ask, credentialsOf } from './odata.ts';
import { fetch, find, list, poll, push } from './partner.ts';
import { settings } from './settings.ts';

const sdk =
  'https://github.com/SAP-archive/SAP-Business-One-Service-Layer-SDK/blob/master/svcl/svcl-client-openfeign/src';
const tests = `${sdk}/test/java/com/sap/b1/svcl/client/test`;

const known = (name: string, does: Operation['does'], source: Operation['source'], link: string): Operation => ({
  ...{ name, does, source, link },
});

const records: RecordType[] = ['customer'];

export const sapB1 = defineConnector({
  name: 'sap-b1',
  title: 'SAP Business One: customers as business partners, over its Service Layer',
  settings,
  operations: [
    known('POST Login', 'read', 'vendor_package', `${tests}/ServiceLayerClientTest.java`),
    known('GET BusinessPartners', 'read', 'vendor_package', `${tests}/SpeicalCharTest.java`),
    known('$filter UpdateTime, CreateTime', 'read', 'assumed', `${sdk}/main/resources/metadata.xml`),
    known('POST BusinessPartners', 'write', 'vendor_package', `${tests}/EntitySetTest.java`),
    known('PATCH BusinessPartners', 'write', 'vendor_package', `${tests}/EntitySetTest.java`),
    known('PATCH BPAddresses', 'write', 'third_party', 'https://github.com/bgmulinari/B1SLayer/issues/30'),
    known('If-Match', 'write', 'third_party', 'https://sap-b1-blog.com/en/glossary/etag-concurrency-control/'),
  ],
  credentials: credentialsOf,

  ...{ records: () => records, fetches: () => records, lists: () => records },
  writeStyle: () => 'changes',
  // The code is the key of a business partner: it is looked for before it is made.
  repeatSafe: () => 'natural-key',
  polls: ({ poll: { every: everyMs } }) => records.map((record) => ({ record, everyMs })),
  ...{ push, poll, fetch, find, list },
  check: async (context) => {
    await ask(context, { method: 'GET', path: 'BusinessPartners?$top=1&$select=CardCode' });
  },
});
