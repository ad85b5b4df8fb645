// Provinces of China in their short and full forms, and the endings of city and district names.

const full: readonly string[] = [
  ...['北京', '天津', '上海', '重庆'].map((name) => `${name}市`),
  ...[
    '河北',
    '山西',
    '辽宁',
    '吉林',
    '黑龙江',
    '江苏',
    '浙江',
    '安徽',
    '福建',
    '江西',
    '山东',
    '河南',
    '湖北',
    '湖南',
    '广东',
    '海南',
    '四川',
    '贵州',
    '云南',
    '陕西',
    '甘肃',
    '青海',
    '台湾',
  ].map((name) => `${name}省`),
  '内蒙古自治区',
  '广西壮族自治区',
  '西藏自治区',
  '宁夏回族自治区',
  '新疆维吾尔自治区',
  '香港特别行政区',
  '澳门特别行政区',
];
const shorten = (name: string): string => name.replace(/(?:(?:壮族|回族|维吾尔)?自治区|特别行政区|省|市)$/u, '');

const fullOf = new Map(full.flatMap((name) => [[shorten(name), name] as const, [name, name] as const]));
const shortOf = new Map([...fullOf].map(([name, whole]) => [name, shorten(whole)]));
const municipalities = new Set(['北京', '天津', '上海', '重庆']);

/** 广东 → 广东省; a name that is no province stays as it is. */
export const fullProvince = (name: string): string => fullOf.get(name.trim()) ?? name.trim();

/** 广东省 → 广东; a name that is no province stays as it is. */
export const shortProvince = (name: string): string => shortOf.get(name.trim()) ?? name.trim();

/** 北京 → 北京市: only names that are certainly the city's short form get an ending. */
export const fullCity = (name: string): string => (municipalities.has(name.trim()) ? `${name.trim()}市` : name.trim());

export const shortCity = (name: string): string => {
  const trimmed = name.trim();
  return municipalities.has(trimmed.slice(0, -1)) && trimmed.endsWith('市') ? trimmed.slice(0, -1) : trimmed;
};
