// A small Vendure shop for tests: one product in stock, two ways to ship, one way to pay, and the webhooks of the plugin beside it.
// usage: node shop.cjs <settings.json>, which names { port, database: { host, port, user, password, name }, admin, target, ready, isNew }
const { readFileSync, writeFileSync } = require('node:fs');
const vendure = require('@vendure/core');
const { populate } = require('@vendure/core/cli');
const { webhooks } = require('./webhooks.cjs');

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { database } = settings;

/** Read anew for each event: the tests name another target while the shop runs. */
function target() {
  try {
    return JSON.parse(readFileSync(settings.target, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Pays whatever is asked for. */
const invoice = new vendure.PaymentMethodHandler({
  code: 'invoice',
  description: [{ languageCode: vendure.LanguageCode.en, value: 'Invoice' }],
  args: {},
  createPayment: (_ctx, order, amount) => ({ amount, state: 'Settled', transactionId: order.code }),
  settlePayment: () => ({ success: true }),
});

const config = {
  apiOptions: {
    port: settings.port,
    hostname: '127.0.0.1',
    adminApiPath: 'admin-api',
    shopApiPath: 'shop-api',
    cors: false,
  },
  authOptions: {
    tokenMethod: ['bearer', 'api-key'],
    superadminCredentials: { identifier: settings.admin.username, password: settings.admin.password },
    requireVerification: false,
  },
  dbConnectionOptions: {
    type: 'postgres',
    ...{ host: database.host, port: database.port, username: database.user, password: database.password },
    database: database.name,
    synchronize: true,
    logging: false,
  },
  logger: new vendure.DefaultLogger({ level: vendure.LogLevel.Warn }),
  paymentOptions: { paymentMethodHandlers: [invoice] },
  customFields: {
    Order: ['erpRef', 'wmsRef'].map((name) => ({ name, type: 'string', nullable: true })),
    Customer: ['erpRef', 'crmRef'].map((name) => ({ name, type: 'string', nullable: true })),
  },
  plugins: [
    vendure.DefaultJobQueuePlugin.init({
      pollInterval: 20,
      concurrency: 4,
      backoffStrategy: (_queue, attempts) => Math.min(attempts, 4) * 500,
    }),
    webhooks({ target }),
  ],
};

const goods = {
  defaultLanguage: 'en',
  defaultZone: 'Europe',
  countries: [
    { name: 'Germany', code: 'DE', zone: 'Europe' },
    { name: 'France', code: 'FR', zone: 'Europe' },
  ],
  taxRates: [{ name: 'Standard Tax', percentage: 20 }],
  shippingMethods: [
    { name: 'Standard Shipping', price: 500 },
    { name: 'Express Shipping', price: 1500 },
  ],
  paymentMethods: [{ name: 'Invoice', handler: { code: 'invoice', arguments: [] } }],
  collections: [],
};

async function main() {
  // Once: a shop that is started again finds everything in its database.
  const app = settings.isNew ? await populate(() => vendure.bootstrap(config), goods) : await vendure.bootstrap(config);
  await app.get(vendure.JobQueueService).start();
  writeFileSync(settings.ready, '');
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
