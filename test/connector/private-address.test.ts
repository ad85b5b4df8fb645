import { describe, expect, it } from 'vitest';
import { isMetadataAddress, isPublicAddress, operatorRule, payloadRule } from '../../src/connector/private-address.ts';

const notPublic = [
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.254', '100.100.100.200'],
  ...[
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
  ],
  ...['192.0.0.192', '192.0.2.7', '192.88.99.1', '192.168.0.1', '198.18.0.1', '198.19.255.255', '198.51.100.3'],
  ...['203.0.113.9', '224.0.0.1', '239.1.1.1', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:10.0.0.1', '::ffff:0:127.0.0.1', '::127.0.0.1'],
  ...[
    '64:ff9b::127.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:2::1',
    '2001:10::1',
    '2001:db8::1',
  ],
  ...[
    '2002:7f00:1::',
    '2002:808:808::1',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
    'fdff::1',
    'fe80::1',
    'fe80::1%eth0',
  ],
  ...[
    'febf::1',
    'fec0::1',
    'ff02::1',
    'ffff::1',
    '4000::1',
    'wms.example',
    '',
    '1.2.3',
    '1.2.3.4.5',
    '[::1]',
    '256.1.1.1',
  ],
];

const open = [
  ...['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.1', '100.63.255.255', '100.128.0.1', '172.15.0.1', '172.32.0.1'],
  ...['192.167.1.1', '192.169.1.1', '198.17.1.1', '198.20.0.1', '223.255.255.255', '168.63.129.15'],
  ...['2606:4700:4700::1111', '2a00:1450:4001:82a::200e', '2001:4860:4860::8888', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'],
];

describe('public addresses', () => {
  it.each(notPublic)('%s is not one', (address) => expect(isPublicAddress(address)).toBe(false));
  it.each(open)('%s is one', (address) => expect(isPublicAddress(address)).toBe(true));
});

it('knows where clouds keep credentials', () => {
  const metadata = [
    '169.254.169.254',
    '::ffff:169.254.169.254',
    'fe80::1',
    'fd00:ec2::254',
    '100.100.100.200',
    '168.63.129.16',
  ];
  expect(metadata.filter((address) => !isMetadataAddress(address))).toEqual([]);
  expect(['127.0.0.1', '10.0.0.1', '192.168.1.1', 'fd00::1', '::1'].filter(isMetadataAddress)).toEqual([]);
});

describe('the rules', () => {
  it("takes the operator's literal, and no name that leads to metadata", () => {
    expect(operatorRule.refuses('169.254.169.254', '169.254.169.254')).toBeUndefined();
    expect(operatorRule.refuses('wms.internal', '10.0.0.1')).toBeUndefined();
    expect(operatorRule.refuses('wms.internal', '169.254.169.254')).toContain('wms.internal leads to');
  });

  it('opens by range what is private, but never loopback, link-local or metadata', () => {
    const rule = payloadRule(['0.0.0.0/0', '::/0']);
    expect(rule.refuses('erp', '10.1.2.3')).toBeUndefined();
    expect(rule.refuses('erp', 'fd12::1')).toBeUndefined();
    for (const address of ['127.0.0.1', '0.0.0.0', '169.254.1.1', '::1', '::', 'fe80::1', '::ffff:127.0.0.1']) {
      expect(rule.refuses('erp', address)).toContain('not public');
    }
  });

  it('opens exactly the host or address that is named', () => {
    const rule = payloadRule(['Files.Internal', '127.0.0.1', '10.2.0.0/16']);
    expect(rule.refuses('files.internal', '192.168.1.1')).toBeUndefined();
    expect(rule.refuses('127.0.0.1', '127.0.0.1')).toBeUndefined();
    expect(rule.refuses('other', '10.2.9.9')).toBeUndefined();
    expect(rule.refuses('other', '10.3.0.1')).toContain('not in egress.allow');
    expect(rule.refuses('x.files.internal', '192.168.1.1')).toContain('not in egress.allow');
  });
});
