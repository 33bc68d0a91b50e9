/**
 * A page for eta, with its style, script and data inside: `<%= %>` escapes what it prints, `<%~ %>` is for our own markup alone.
 * @param body what stands under the title.
 */
export const pageTemplate = (body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><%= it.title %></title>
<style><%~ it.uplotCss %></style>
<style><%~ it.style %></style>
</head>
<body>
<main>
<h1><%= it.title %></h1>
${body}</main>
<script type="application/json" id="curves"><%~ it.curvesJson %></script>
<script><%~ it.uplotJs %></script>
<script><%~ it.script %></script>
</body>
</html>
`;
