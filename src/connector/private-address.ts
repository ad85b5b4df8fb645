// Says which addresses a request may go to. Always asked about the address that is dialled, never about its spelling.
import { BlockList, isIP } from 'node:net';

/** Not public (IANA special-purpose registries), and Azure's host address. */
const notPublic4 = blockList('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]);
/** IPv6 is refused unless it lies in here … */
const global6 = blockList('ipv6', ['2000::/3']);
/** … and not in here: Teredo and the other protocol assignments, documentation, 6to4. */
const notPublic6 = blockList('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);
/** Where clouds serve credentials: an answer of the name service must never lead there. */
const metadata4 = blockList('ipv4', ['169.254.0.0/16', '168.63.129.16/32', '100.100.100.200/32', '192.0.0.192/32']);
const metadata6 = blockList('ipv6', ['fe80::/10', 'fd00:ec2::/32', 'fd20:ce::/32', 'fd00:c1::/32']);
const loopback4 = blockList('ipv4', ['0.0.0.0/8', '127.0.0.0/8']);
const loopback6 = blockList('ipv6', ['::/127']);

function blockList(family: 'ipv4' | 'ipv6', ranges: string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) addRange(list, range, family);
  return list;
}

function addRange(list: BlockList, range: string, family: 'ipv4' | 'ipv6'): void {
  const [network = '', bits = family === 'ipv4' ? '32' : '128'] = range.split('/');
  list.addSubnet(network, Number(bits), family);
}

interface Address {
  text: string;
  family: 'ipv4' | 'ipv6';
}

const hex6 = (text: string): number[] => {
  const host = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [head = '', tail] = host.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) => Number.parseInt(group, 16));
};

/** An IPv4 address inside an IPv6 one (mapped, NAT64) is what will be reached. */
function canonical(address: string): Address | undefined {
  const text = address.replace(/%.*$/, '');
  const family = isIP(text);
  if (family === 0) return undefined;
  if (family === 4) return { text, family: 'ipv4' };
  const groups = hex6(text);
  const start = groups.slice(0, 6).join(':');
  if (start !== '0:0:0:0:0:65535' && start !== '100:65435:0:0:0:0') return { text, family: 'ipv6' };
  return { text: dotted(groups, 6), family: 'ipv4' };
}

function dotted(groups: readonly number[], at: number): string {
  const [high = 0, low = 0] = groups.slice(at);
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** IPv4 addresses that some gateway may turn this IPv6 address into: 6to4, ISATAP, local NAT64, SIIT, compatible. */
function translations({ text, family }: Address): Address[] {
  if (family === 'ipv4') return [];
  const groups = hex6(text);
  const found: string[] = [];
  if (groups[0] === 0x2002) found.push(dotted(groups, 1));
  const isIsatap = groups[5] === 0x5efe && (groups[4] === 0 || groups[4] === 0x200);
  const isLocalNat64 = groups[0] === 0x64 && groups[1] === 0xff9b;
  const isLow = groups.slice(0, 4).every((group) => group === 0) && (groups[4] === 0 || groups[4] === 0xffff);
  if (isIsatap || isLocalNat64 || (isLow && groups[5] === 0)) found.push(dotted(groups, 6));
  return found.map((one) => ({ text: one, family: 'ipv4' }));
}

const inside = ({ text, family }: Address, four: BlockList, six: BlockList): boolean =>
  (family === 'ipv4' ? four : six).check(text, family);

const leadsInside = (address: Address, four: BlockList, six: BlockList): boolean =>
  [address, ...translations(address)].some((one) => inside(one, four, six));

/** @returns true for addresses that anyone on the internet may be asked to reach */
export function isPublicAddress(address: string): boolean {
  const known = canonical(address);
  if (!known) return false;
  if (known.family === 'ipv4') return !notPublic4.check(known.text, 'ipv4');
  if (translations(known).some(({ text }) => notPublic4.check(text, 'ipv4'))) return false;
  return global6.check(known.text, 'ipv6') && !notPublic6.check(known.text, 'ipv6');
}

/** @returns true for link-local addresses and those where clouds serve metadata */
export function isMetadataAddress(address: string): boolean {
  const known = canonical(address);
  return known !== undefined && leadsInside(known, metadata4, metadata6);
}

const isLoopback = (address: Address): boolean => leadsInside(address, loopback4, loopback6);

export interface AddressRule {
  /** @returns why this host's address must not be dialled, or undefined */
  refuses(host: string, address: string): string | undefined;
}

/** Addresses of `syncline.yaml`: the operator's word. A name must not lead to metadata; a literal says what it means. */
export const operatorRule: AddressRule = {
  refuses: (host, address) =>
    isIP(host) === 0 && isMetadataAddress(address)
      ? `${host} leads to the link-local or metadata address ${address}`
      : undefined,
};

/**
 * Addresses that stood in a payload: public ones only, or what `egress.allow` names.
 * @param allow hosts, addresses or CIDR ranges; a range never opens loopback, link-local or metadata
 */
export function payloadRule(allow: readonly string[]): AddressRule {
  const hosts = new Set(allow.map((entry) => entry.toLowerCase()));
  const four = new BlockList();
  const six = new BlockList();
  for (const entry of allow) {
    if (!entry.includes('/')) continue;
    const family = entry.includes(':') ? 'ipv6' : 'ipv4';
    addRange(family === 'ipv4' ? four : six, entry, family);
  }
  const inRange = (address: string): boolean => {
    const known = canonical(address);
    return known !== undefined && !isLoopback(known) && !isMetadataAddress(address) && inside(known, four, six);
  };
  return {
    refuses: (host, address) =>
      isPublicAddress(address) || hosts.has(host) || hosts.has(address) || inRange(address)
        ? undefined
        : `${host} leads to ${address}, which is not public and not in egress.allow`,
  };
}
