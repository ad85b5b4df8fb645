import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { allRoutes } from '../../src/gateway/gateway.ts';
import { createHub } from './hub.ts';

const hub = createHub();
const response = await hub.send('/docs', {
  key: 'k-read',
  headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
});
const page = await response.text();

describe('the documentation page', () => {
  it('lists every route, and every link in it leads somewhere', () => {
    for (const { path } of allRoutes(hub.deps))
      expect(page).toContain(`<code>${path.replace(/:(\w+)/g, '{$1}')}</code>`);
    const targets = new Set([...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id));
    const links = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id);
    expect(links.length).toBeGreaterThan(30);
    for (const link of links) expect(targets).toContain(link);
    expect([...page.matchAll(/ id="/g)]).toHaveLength(targets.size);
  });

  it('needs no network: nothing is loaded, and the policy allows only its own style', () => {
    expect(page).not.toMatch(/<script|<link|<img|src=|@import|url\(/i);
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(response.headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}'`);
    expect(page).not.toContain('style="');
  });

  it('escapes what it shows', () => {
    expect(page).toContain('Prefer: wait=30');
    expect(page).not.toContain('[object');
    expect(page).toContain('&quot;specversion&quot;');
  });
});
