// The extension starts `smartplan lsp` and shows rendered plans; everything else is the server's.
import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions, State } from "vscode-languageclient/node";

const RENDERED = "smartplan-rendered";
let client: LanguageClient | undefined;

/** How the server is started: `smartplan.command` of the user's settings. */
export function serverOptions(command: readonly string[], folder?: string): ServerOptions {
  const [program, ...args] = command.length ? command : ["smartplan", "lsp"];
  return { command: program, args, options: folder ? { cwd: folder } : {} };
}

/** Which documents are the server's, and what it is told at the start. */
export function clientOptions(settings: Record<string, unknown>): LanguageClientOptions {
  return {
    documentSelector: [
      { scheme: "file", language: "yaml" },
      { scheme: "file", language: "jinja-yaml" },
      { scheme: "file", pattern: "**/templates/**" },
      { scheme: "file", pattern: "**/smartplan.toml" },
    ],
    initializationOptions: settings,
    synchronize: { configurationSection: "smartplan" },
  };
}

function settings(): Record<string, unknown> {
  const own = vscode.workspace.getConfiguration("smartplan");
  return { environment: own.get("environment"), pause: own.get("pause"), codeLens: own.get("codeLens") };
}

/** The rendered text of a plan, asked of the server. */
class RenderedPlans implements vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;

  static of(plan: vscode.Uri): vscode.Uri {
    return vscode.Uri.from({ scheme: RENDERED, path: `${plan.path} (rendered)`, query: plan.toString() });
  }

  refresh(plan: vscode.Uri): void {
    this.changed.fire(RenderedPlans.of(plan));
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const text = await client?.sendRequest<string>("workspace/executeCommand", {
      command: "smartplan.rendered",
      arguments: [uri.query],
    });
    return text ?? "";
  }
}

export async function activate(context: vscode.ExtensionContext): Promise<LanguageClient> {
  const command = vscode.workspace.getConfiguration("smartplan").get<string[]>("command") ?? [];
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  client = new LanguageClient("smartplan", "smartplan", serverOptions(command, folder), clientOptions(settings()));
  const plans = new RenderedPlans();
  context.subscriptions.push(
    client,
    vscode.workspace.registerTextDocumentContentProvider(RENDERED, plans),
    vscode.workspace.onDidChangeTextDocument((event) => plans.refresh(event.document.uri)),
    vscode.commands.registerCommand("smartplan.showRendered", async () => {
      const plan = vscode.window.activeTextEditor?.document.uri;
      if (!plan || client?.state !== State.Running) {
        await vscode.window.showWarningMessage("smartplan: open a plan, with the language server at work");
      } else {
        const document = await vscode.workspace.openTextDocument(RenderedPlans.of(plan));
        await vscode.languages.setTextDocumentLanguage(document, "yaml");
        await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true });
      }
    }),
  );
  try {
    await client.start();
  } catch {
    const way = "install smartplan with its extra `lsp`, or name it in `smartplan.command` of your own settings";
    await vscode.window.showErrorMessage(`smartplan: ${command.join(" ")} cannot be started: ${way}`);
  }
  return client;
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}
