// The look of the documentation page; inline, so that it works without a network.
export const docsStyle = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #e0e1e6; --ground: #fcfcfd; --card: #fff; --code: #f4f5f7;
  --get: #0b68cb; --post: #1a7f37; --patch: #9a6700; --mark: #3e63dd; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --line: #363a3f; --ground: #111113; --card: #18191b; --code: #212225;
  --get: #70b8ff; --post: #3dd68c; --patch: #ffca16; --mark: #9eb1ff; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--ground); }
.page { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 78rem; margin: 0 auto; }
nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 1.5rem 1rem 2rem; border-right: 1px solid var(--line); font-size: .875rem; }
nav h2 { margin: 1.1rem 0 .3rem; font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: .2rem .5rem; border-radius: .375rem; color: inherit; text-decoration: none; }
nav a:hover, nav a:focus-visible { background: var(--code); }
main { padding: 1.5rem 2rem 4rem; min-width: 0; }
h1 { margin: 0 0 .25rem; font-size: 1.75rem; }
main > section > h2 { margin: 2.5rem 0 .75rem; font-size: 1.25rem; }
.lead { max-width: 44rem; color: var(--soft); }
article { margin: 0 0 1rem; padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: .625rem; background: var(--card); }
article h3 { display: flex; flex-wrap: wrap; gap: .6rem; align-items: baseline; margin: 0; font-size: 1rem; }
article h3 code { background: none; padding: 0; font-size: .95rem; overflow-wrap: anywhere; }
article p { margin: .5rem 0; max-width: 46rem; }
.verb { font: 700 .75rem/1.6 ui-monospace, monospace; text-transform: uppercase; min-width: 3.2rem; }
.get { color: var(--get); } .post { color: var(--post); } .patch { color: var(--patch); }
.scope { margin-left: auto; font-size: .8rem; font-weight: 400; color: var(--soft); }
h4 { margin: 1rem 0 .3rem; font-size: .8rem; color: var(--soft); font-weight: 600; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { padding: .1em .3em; border-radius: .25rem; background: var(--code); font-size: .875em; }
pre { margin: .25rem 0; padding: .75rem 1rem; border-radius: .5rem; background: var(--code); overflow-x: auto; font-size: .8125rem; line-height: 1.5; }
pre code { padding: 0; background: none; font-size: inherit; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: break-word; }
td:last-child { min-width: 12rem; }
th { color: var(--soft); font-weight: 600; }
.table { overflow-x: auto; }
summary { cursor: pointer; padding: .25rem 0; font-size: .875rem; color: var(--mark); }
a { color: var(--mark); }
:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; }
@media (max-width: 52rem) { .page { grid-template-columns: minmax(0, 1fr); } nav { position: static; max-height: 12rem; border-right: 0; border-bottom: 1px solid var(--line); }
  main { padding: 1.25rem 1rem 3rem; } .scope { margin-left: 0; width: 100%; } }
@media print { nav { display: none; } .page { display: block; } }
`;
