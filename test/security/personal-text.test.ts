import { describe, expect, it } from 'vitest';
import { withoutPersonal } from '../../src/model/personal-text.ts';

const order = {
  number: 'SO-1001',
  channel: 'web',
  shipTo: {
    name: '李雷',
    phone: '+8613800001111',
    country: 'CN',
    city: '上海市',
    street: '新街 9 号',
    postalCode: '200120',
  },
  invoice: { title: 'Acme (China) Ltd.', taxId: '9131' },
  lines: { 1: { lineNo: '1', sku: 'TEA-1', name: 'Tea' } },
};
const clean = (text: string) => withoutPersonal('order', [order], text);

describe('a text about an order', () => {
  it.each([
    ['no delivery to 李雷 at 上海市新街 9 号', 'no delivery to ••• at ••••••'],
    ['新街9号 is outside', '••• is outside'],
    ['call 13800001111', 'call •••'],
    ['call +86 138 0000 1111 now', 'call ••• now'],
    ['call (138) 0000-1111.', 'call •••.'],
    ['invoice to ACME (CHINA) LTD. refused', 'invoice to ••• refused'],
    ['post code 200120', 'post code •••'],
  ])('%s', (text, expected) => expect(clean(text)).toBe(expected));

  it.each([
    'SO-1001 is not known',
    '503 from PUT /orders/W-77',
    'country CN is not served; channel web',
    'sku TEA-1 out of stock, 2001201 left',
    'order 91380000111199 is not known',
  ])('keeps what is not personal: %s', (text) => expect(clean(text)).toBe(text));

  it('is cleaned of what was sent as well as of what is there now', () => {
    const before = { shipTo: { name: '韩梅梅' } };
    expect(withoutPersonal('order', [order, before], '韩梅梅 or 李雷')).toBe('••• or •••');
  });

  it('of a customer loses names, phones and e-mail addresses', () => {
    const customer = { name: 'Jo Smith', phones: ['+442079460000'], emails: ['jo.smith@example.com'], tier: 'gold' };
    const text = 'jo.smith@example.com (Jo  Smith, 020 7946 0000) is gold already';
    expect(withoutPersonal('customer', [customer], text)).toBe('••• (•••, •••) is gold already');
  });

  it('costs little, however long the text is', () => {
    // Of the processor: what else the machine does is no affair of this text.
    const start = process.cpuUsage();
    clean('1 '.repeat(4_000));
    clean('+1('.repeat(4_000));
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1_000).toBeLessThan(500);
  });
});
