// A plugin for Vendure 3: tells another system, by signed webhooks, what happens to orders, customers and fulfilments.
// Signed after Standard Webhooks; sent from Vendure's job queue, which tries again later. Put it beside the configuration of a
// shop: `plugins: [webhooks({ target: () => ({ url, secret }) })]`.
const { createHmac, randomUUID } = require('node:crypto');
const vendure = require('@vendure/core');

/** What of an order is read before it is sent; a webhook brings the whole of it. */
const orderRelations = ['customer', 'lines', 'lines.productVariant', 'payments', 'fulfillments'];

const addressOf = ({ country, customer: _customer, customFields: _customFields, ...address }) => ({
  ...address,
  countryCode: country?.code,
});

function customerOf({ addresses, groups: _g, channels: _c, user: _u, orders: _o, ...customer }) {
  return { ...customer, addresses: (addresses ?? []).map(addressOf) };
}

function orderOf(order) {
  const { id, code, state, active, orderPlacedAt, createdAt, updatedAt, currencyCode, couponCodes } = order;
  const { subTotal, subTotalWithTax, shipping, shippingWithTax, total, totalWithTax, customFields } = order;
  const { shippingAddress, billingAddress, customer } = order;
  return {
    ...{ id, code, state, active, orderPlacedAt, createdAt, updatedAt, currencyCode, couponCodes },
    ...{ subTotal, subTotalWithTax, shipping, shippingWithTax, total, totalWithTax, customFields },
    ...{ shippingAddress, billingAddress },
    customer: customer && {
      ...{ id: customer.id, title: customer.title, firstName: customer.firstName, lastName: customer.lastName },
      ...{
        emailAddress: customer.emailAddress,
        phoneNumber: customer.phoneNumber,
        customFields: customer.customFields,
      },
    },
    lines: (order.lines ?? []).map(({ id, productVariant, quantity, ...line }) => ({
      ...{ id, sku: productVariant?.sku, variantId: productVariant?.id, quantity, taxRate: line.taxRate },
      ...{
        unitPrice: line.unitPrice,
        unitPriceWithTax: line.unitPriceWithTax,
        linePriceWithTax: line.linePriceWithTax,
      },
    })),
    payments: (order.payments ?? []).map(({ id, state, method, amount, transactionId }) => ({
      ...{ id, state, method, amount, transactionId },
    })),
    fulfillments: (order.fulfillments ?? []).map(fulfillmentOf),
  };
}

const fulfillmentOf = ({ id, state, trackingCode, method, createdAt, updatedAt }) => ({
  ...{ id, state, trackingCode, method, createdAt, updatedAt },
});

/** After the commit, so that what is sent is what was kept. A process that dies in between has queued nothing. */
class Webhooks {
  constructor(events, jobs, connection, orders) {
    Object.assign(this, { events, jobs, connection, orders });
  }

  async onModuleInit() {
    const { target } = Webhooks.options;
    this.queue = await this.jobs.createQueue({ name: 'webhooks', process: ({ data }) => send(data, target()) });
    const on = (event, tell) =>
      this.events.ofType(event).subscribe((happened) => {
        if (target() === undefined) return;
        tell(happened)
          .then((message) => this.queue.add(message, { retries: 20 }))
          .catch((error) => vendure.Logger.error(`webhook: ${error.message}`, 'Webhooks'));
      });
    on(vendure.OrderStateTransitionEvent, async ({ ctx, order, fromState, toState }) =>
      message('order.state_changed', { fromState, toState, order: await this.orderBy(ctx, order) }),
    );
    on(vendure.OrderEvent, async ({ ctx, order, type }) =>
      message(`order.${type}`, { order: await this.orderBy(ctx, order) }),
    );
    on(vendure.FulfillmentStateTransitionEvent, async ({ fulfillment, fromState, toState }) =>
      message('fulfillment.state_changed', { fromState, toState, fulfillment: fulfillmentOf(fulfillment) }),
    );
    on(vendure.CustomerEvent, async ({ ctx, entity, type }) =>
      message(`customer.${type}`, { customer: await this.customerBy(ctx, entity) }),
    );
    on(vendure.CustomerAddressEvent, async ({ entity, type }) =>
      message(`customer_address.${type}`, { customerId: entity.customer?.id, address: addressOf(entity) }),
    );
  }

  async orderBy(ctx, { id }) {
    return orderOf(await this.orders.findOne(ctx, id, orderRelations));
  }

  async customerBy(ctx, { id }) {
    const relations = ['addresses', 'addresses.country'];
    const found = await this.connection.getRepository(ctx, vendure.Customer).findOne({ where: { id }, relations });
    return customerOf(found ?? { id });
  }
}

const message = (type, data) => ({
  id: `msg_${randomUUID()}`,
  body: JSON.stringify({ type, timestamp: new Date().toISOString(), data }),
});

/** @param secret `whsec_` and base64. An answer that is not 2xx is an error, and the queue tries again. */
async function send({ id, body }, { url, secret }) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
  const { status } = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) });
  if (status < 200 || status > 299) throw new Error(`${url} answers ${status}`);
}

const wanted = [vendure.EventBus, vendure.JobQueueService, vendure.TransactionalConnection, vendure.OrderService];
Reflect.defineMetadata('design:paramtypes', wanted, Webhooks);

/** @param options `target()` answers `{ url, secret }`, or undefined where nothing is to be told */
exports.webhooks = (options) => {
  Webhooks.options = options;
  vendure.VendurePlugin({ imports: [vendure.PluginCommonModule], compatibility: '^3.0.0' })(Webhooks);
  return Webhooks;
};
