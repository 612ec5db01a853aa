// picture.png: what the server said in a real session, drawn as an editor shows it.
import { readFileSync, writeFileSync } from "node:fs";
import { Resvg } from "@resvg/resvg-js";
import { session } from "./session.mjs";

// The files of the session, and what was shown of them; a test holds that against the server.
const told = JSON.parse(readFileSync("picture.json", "utf8"));
const [PLAN, MACRO] = [told.files["plans/btc.yaml"], told.files["templates/exits.jinja"]];
const [WIDE, HIGH, LEFT, SIZE] = [8.43, 21, 54, 14];
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
const at = (line, column, text, fill = "#d4d4d4") =>
  `<text x="${LEFT + column * WIDE}" y="${line * HIGH + 26}" fill="${fill}" xml:space="preserve">${escaped(text)}</text>`;

function squiggle(range, top, colour) {
  const y = (range.start.line + top) * HIGH + 30;
  const points = [];
  for (let x = range.start.character * WIDE; x <= range.end.character * WIDE; x += 4)
    points.push(`${LEFT + x},${y + (points.length % 2) * 3}`);
  return `<polyline points="${points.join(" ")}" stroke="${colour}" stroke-width="1.4" fill="none"/>`;
}

function file(name, text, top) {
  const lines = text.split("\n").map((line, index) => {
    const parts = line.split(/(\{\{.*?\}\}|\{%.*?%\})/);
    let column = 0;
    const drawn = parts.map((part) => {
      const piece = at(index + top, column, part, /^\{[{%]/.test(part) ? "#c586c0" : "#9cdcfe");
      column += part.length;
      return piece;
    });
    return `<text x="14" y="${(index + top) * HIGH + 26}" fill="#858585">${String(index + 1).padStart(2)}</text>${drawn.join("")}`;
  });
  return at(top - 1, -3, name, "#ffffff") + lines.join("");
}

try {
  await session(told.files, async ({ client, href, open, findings }) => {
    open("plans/btc.yaml");
    const found = await findings("templates/exits.jinja", (list) => list.length > 0);
    const hover = await client.sendRequest("textDocument/hover", {
      textDocument: { uri: href("plans/btc.yaml") },
      position: { line: 3, character: 4 },
    });
    const card = hover.contents.value.replace(/```\w*\n?/g, "").replace(/\*\*/g, "").split("\n").filter((line) => line.trim());
    const cardTop = PLAN.split("\n").length + 2;
    const below = Math.ceil(cardTop + card.length) + 2;
    const rows = below + MACRO.split("\n").length + found.length + 0.9;
    const width = LEFT + 108 * WIDE;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${rows * HIGH}" font-family="DejaVu Sans Mono" font-size="${SIZE}">
<rect width="100%" height="100%" fill="#1e1e1e"/>
${file("plans/btc.yaml", PLAN, 1)}
${at(cardTop - 1, 2, "└ on btc-swing:", "#858585")}
${file("templates/exits.jinja", MACRO, below)}
${found.map((one) => squiggle(one.range, below, "#f14c4c")).join("")}
${found.map((one, index) => at(below + MACRO.split("\n").length + index, -3, `✗ ${one.code?.value ?? one.code}  ${one.message.split("\n")[0]}`, "#f14c4c")).join("")}
<g transform="translate(70 ${cardTop * HIGH + 10})"><rect width="${width - 90}" height="${card.length * HIGH + 14}" rx="4" fill="#252526" stroke="#5a5a5a"/>
<g transform="translate(-40 -4)">${card.map((line, index) => at(index, 0, line)).join("")}</g></g>
</svg>`;
    const fonts = { loadSystemFonts: true, defaultFontFamily: "DejaVu Sans Mono" };
    writeFileSync("picture.png", new Resvg(svg, { font: fonts }).render().asPng());
    told.shown = { hover: hover.contents.value, findings: found.map((one) => one.message) };
    writeFileSync("picture.json", `${JSON.stringify(told, null, 2)}\n`);
  });
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
