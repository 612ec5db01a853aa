// The packed extension, loaded in node with a stand-in for the editor, in a workspace of its own.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import module, { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { vscodeFor } from "./stand-in.mjs";

const WAIT = 60_000;

/** Let `use` work with the extension's client in a workspace with these files. */
export async function session(files, use) {
  const folder = mkdtempSync(join(tmpdir(), "smartplan-vscode-"));
  try {
    const packed = join(folder, "packed");
    mkdirSync(packed);
    execFileSync(process.env.PYTHON ?? "python3", ["-m", "zipfile", "-e", resolve("smartplan.vsix"), packed]);
    const workspace = join(folder, "desk");
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(workspace, name)), { recursive: true });
      writeFileSync(join(workspace, name), text);
    }
    const command = JSON.parse(process.env.SMARTPLAN_COMMAND ?? '["smartplan", "lsp"]');
    const editor = vscodeFor(workspace, { command, pause: 20 });
    const load = module._load;
    module._load = (name, ...rest) => (name === "vscode" ? editor.api : load(name, ...rest));
    const extension = createRequire(import.meta.url)(join(packed, "extension", "dist", "extension.js"));
    const client = await extension.activate({ subscriptions: [] });
    const of = (name) => pathToFileURL(join(workspace, name)).href;
    await use({
      client,
      href: of,
      open: (name) => editor.open(join(workspace, name)),
      commands: [...editor.commands.keys()],
      run: (command, name) => editor.run(command, join(workspace, name)),
      type: (name, text) => editor.type(join(workspace, name), text),
      findings: (name, right) => editor.until(() => editor.diagnosticsOf(of(name)), (list) => list !== undefined && right(list), WAIT),
    });
    await extension.deactivate();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
