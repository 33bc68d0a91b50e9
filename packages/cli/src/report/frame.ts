/**
 * A page for eta, with its style inside: `<%= %>` escapes what it prints, `<%~ %>` is for our own markup alone. Needs `title` and `style`.
 * @param body what stands under the title.
 */
export const plainTemplate = (body: string, { head = "", tail = "" } = {}): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><%= it.title %></title>
${head}<style><%~ it.style %></style>
</head>
<body>
<main>
<h1><%= it.title %></h1>
${body}</main>
${tail}</body>
</html>
`;

/** The same with uPlot, a script that draws with it, and the data it draws: `uplotCss`, `uplotJs`, `script`, `curvesJson`. */
export const pageTemplate = (body: string): string =>
  plainTemplate(body, {
    head: `<style><%~ it.uplotCss %></style>
`,
    tail: `<script type="application/json" id="curves"><%~ it.curvesJson %></script>
<script><%~ it.uplotJs %></script>
<script><%~ it.script %></script>
`,
  });
