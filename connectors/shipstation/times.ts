// ShipStation's times: of the clocks of Los Angeles, without saying so, whatever an account's own zone is.

const clock = new Intl.DateTimeFormat('sv-SE', {
  ...{ timeZone: 'America/Los_Angeles', dateStyle: 'short', timeStyle: 'medium' },
});

/** @returns as ShipStation writes times in a query, to the second before */
export const pacificOf = (ms: number): string => clock.format(ms);

/** @returns RFC 3339, to the second; undefined for what is no time. Of the hour that comes twice, the first one */
export function utcOf(text: string | undefined): string | undefined {
  const said = Date.parse(`${text?.slice(0, 19).replace(' ', 'T')}Z`);
  if (Number.isNaN(said)) return undefined;
  // Seven hours behind in summer, eight in winter; in the hour that is left out in spring both are beside it.
  const found = [7, 8].map((hours) => said + hours * 3_600_000).find((ms) => Date.parse(`${pacificOf(ms)}Z`) === said);
  return new Date(found ?? said + 8 * 3_600_000).toISOString();
}
