// Makes a new Vendure shop one that a connector can work in: goods in euros, a user and an API key for the hub.
import { open, type ShopAccess, type Shoppers } from './shoppers.mjs';

export interface VendureSite extends ShopAccess {
  apiKey: string;
  /** Of an administrator for the hub alone. */
  login: { username: string; password: string };
}

const login = { username: 'hub@example.com', password: 'Kiwi-plum-47-sea' };

/** Once a shop. */
export async function setUpVendure(access: ShopAccess): Promise<VendureSite> {
  const shop = await open(access);
  try {
    return { ...access, apiKey: await fill(shop), login };
  } finally {
    await shop.close();
  }
}

/** @returns an API key */
async function fill(shop: Shoppers): Promise<string> {
  await shop.asAdmin(
    'mutation ($i: UpdateChannelInput!) { updateChannel(input: $i) { ... on Channel { id } ... on ErrorResult { errorCode message } } }',
    { i: { id: '1', availableCurrencyCodes: ['EUR'], defaultCurrencyCode: 'EUR' } },
  );
  for (const [sku, price] of [
    ['LAMP-1', 2599],
    ['LAMP-001', 2599],
    ['CHAIR-002', 18_900],
  ] as const)
    await makeProduct(shop, sku, price);
  const roleIds = ['1'];
  const administrator = { firstName: 'Hub', lastName: 'Hub', emailAddress: login.username, password: login.password };
  await shop.asAdmin('mutation ($i: CreateAdministratorInput!) { createAdministrator(input: $i) { id } }', {
    i: { ...administrator, roleIds },
  });
  const { apiKey } = await shop.asAdmin<{ apiKey: string }>(
    'mutation ($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey } }',
    { i: { roleIds, translations: [{ languageCode: 'en', name: 'hub' }] } },
  );
  return apiKey;
}

async function makeProduct(shop: Shoppers, sku: string, price: number): Promise<void> {
  const name = (text: string) => [{ languageCode: 'en', name: text, slug: text.toLowerCase(), description: '' }];
  const product = await shop.asAdmin('mutation ($i: CreateProductInput!) { createProduct(input: $i) { id } }', {
    i: { enabled: true, translations: name(sku) },
  });
  const variant = {
    ...{ productId: product.id, sku, price, trackInventory: 'TRUE', stockOnHand: 100_000 },
    translations: [{ languageCode: 'en', name: sku }],
  };
  await shop.asAdmin('mutation ($i: [CreateProductVariantInput!]!) { createProductVariants(input: $i) { id } }', {
    i: [variant],
  });
}
