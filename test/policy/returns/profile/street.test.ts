import { expect, it } from 'vitest';
import { normalStreet } from '../../../../src/policy/returns/profile/street.ts';

it.each([
  ['新街 9 号', '新街'],
  ['新街9号3栋1201室', '新街'],
  ['新街九号', '新街'],
  ['建国路９３号院', '建国路'],
  ['12 Main St Apt 4', 'mainst'],
  ['Main St. 12', 'mainst'],
  ['No. 12, Main St', 'mainst'],
  ['MAIN ST #7', 'mainst'],
  ['350 5th Avenue', 'favenue'],
  ['350 6th Avenue', 'gavenue'],
  ['Rue de l’Église 3', 'ruedeléglise'],
  ['', ''],
])('%s is in the street "%s"', (written, street) => {
  expect(normalStreet(written)).toBe(street);
});
