// As much of the editor's own API as the client of a language server needs, without an editor.
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

class Disposable {
  constructor(end = () => {}) {
    this.dispose = end;
  }
}

class EventEmitter {
  listeners = new Set();
  event = (listener, self) => {
    const heard = self ? listener.bind(self) : listener;
    this.listeners.add(heard);
    return new Disposable(() => this.listeners.delete(heard));
  };
  fire(event) {
    for (const listener of [...this.listeners]) listener(event);
  }
  dispose() {
    this.listeners.clear();
  }
}

class Uri {
  constructor(href) {
    const url = new URL(href);
    this.href = href;
    this.scheme = url.protocol.slice(0, -1);
    this.path = decodeURIComponent(url.pathname);
    this.authority = url.host;
    this.query = url.search.slice(1);
    this.fragment = "";
  }
  static parse = (href) => new Uri(href);
  static file = (path) => new Uri(pathToFileURL(path).href);
  static from = (parts) => new Uri(`${parts.scheme}:${parts.path}?${parts.query ?? ""}`);
  get fsPath() {
    return this.scheme === "file" ? fileURLToPath(this.href) : this.path;
  }
  toString() {
    return this.href;
  }
}

class Position {
  constructor(line, character) {
    Object.assign(this, { line, character });
  }
}

class Range {
  constructor(...ends) {
    const [start, end] = ends.length === 4 ? [new Position(ends[0], ends[1]), new Position(ends[2], ends[3])] : ends;
    Object.assign(this, { start, end });
  }
}

class Diagnostic {
  constructor(range, message, severity) {
    Object.assign(this, { range, message, severity });
  }
}

class CancellationTokenSource {
  token = { isCancellationRequested: false, onCancellationRequested: new EventEmitter().event };
  cancel() {}
  dispose() {}
}

/** A name that nothing here knows: it can be extended, called, and asked for more names. */
function anything(name) {
  const made = { [name]: class {} }[name];
  return new Proxy(made, {
    get: (target, key) => (key in target || typeof key === "symbol" ? target[key] : (target[key] = anything(String(key)))),
  });
}

const event = () => new EventEmitter().event;
const nothing = () => new Disposable();

/** An API for a folder with these settings, and what a person does with it. */
export function vscodeFor(folder, settings) {
  const collections = [];
  const opened = new EventEmitter();
  const changed = new EventEmitter();
  const documents = [];
  const [commands, providers, shown] = [new Map(), new Map(), []];
  const folders = [{ uri: Uri.file(folder), name: "desk", index: 0 }];
  const namespace = (known) =>
    new Proxy(known, {
      get: (target, key) =>
        key in target ? target[key] : /^on[A-Z]/.test(String(key)) ? event() : (nothing),
    });
  const configuration = { get: (key, usual) => settings[key] ?? usual, has: (key) => key in settings, ...settings };
  const known = {
    version: "1.91.0",
    Disposable, EventEmitter, Uri, Position, Range, Diagnostic, CancellationTokenSource,
    ViewColumn: { Beside: -2 },
    DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
    workspace: namespace({
      workspaceFolders: folders,
      textDocuments: documents,
      notebookDocuments: [],
      getConfiguration: () => configuration,
      getWorkspaceFolder: () => folders[0],
      onDidOpenTextDocument: opened.event,
      onDidChangeTextDocument: changed.event,
      registerTextDocumentContentProvider: (scheme, provider) => (providers.set(scheme, provider), new Disposable()),
      openTextDocument: async (uri) => ({ uri, text: await providers.get(uri.scheme).provideTextDocumentContent(uri) }),
      createFileSystemWatcher: () => ({
        onDidCreate: event(), onDidChange: event(), onDidDelete: event(), dispose() {},
      }),
    }),
    window: namespace({
      activeTextEditor: undefined,
      visibleTextEditors: [],
      tabGroups: { all: [], onDidChangeTabs: event(), onDidChangeTabGroups: event() },
      createOutputChannel: () => namespace({ append() {}, appendLine() {}, error() {}, info() {}, show() {}, dispose() {} }),
      showTextDocument: async (document) => shown.push(document.text),
      showErrorMessage: async (text) => console.error(text),
      showWarningMessage: async (text) => console.error(text),
      showInformationMessage: async () => undefined,
    }),
    languages: namespace({
      createDiagnosticCollection: () => {
        const found = new Map();
        collections.push(found);
        return {
          set: (uri, list) => found.set(uri.toString(), list ?? []),
          delete: (uri) => found.delete(uri.toString()),
          clear: () => found.clear(),
          has: (uri) => found.has(uri.toString()),
          dispose() {},
        };
      },
      match: (selector, document) =>
        [selector].flat().some((one) => (one.language ? one.language === document.languageId : false)) ? 10 : 0,
    }),
    commands: namespace({
      registerCommand: (name, run) => (commands.set(name, run), new Disposable()),
    }),
    env: { language: "en", appName: "node", openExternal: async () => true },
  };
  const api = new Proxy(known, {
    get: (target, key) => (key in target || typeof key === "symbol" ? target[key] : (target[key] = anything(String(key)))),
  });
  const document = (path, text) => ({
    uri: Uri.file(path),
    fileName: path,
    languageId: "yaml",
    version: 1,
    isUntitled: false,
    text,
    getText() {
      return this.text;
    },
  });
  return {
    api,
    commands,
    /** Run a command of the palette on a document; what it opened. */
    async run(name, path) {
      known.window.activeTextEditor = { document: documents.find((one) => one.fileName === path) };
      await commands.get(name)();
      return shown.at(-1);
    },
    open(path, text = readFileSync(path, "utf8")) {
      documents.push(document(path, text));
      opened.fire(documents.at(-1));
    },
    type(path, text) {
      const shown = documents.find((one) => one.fileName === path);
      shown.version += 1;
      shown.text = text;
      changed.fire({ document: shown, contentChanges: [{ text }], reason: undefined });
    },
    diagnosticsOf: (href) => collections.map((found) => found.get(href)).find((list) => list !== undefined),
    async until(look, right, patience) {
      const end = Date.now() + patience;
      while (Date.now() < end) {
        if (right(look())) return look();
        await new Promise((done) => setTimeout(done, 20));
      }
      throw new Error(`not seen in time: ${JSON.stringify(look())}`);
    },
  };
}
