// 3commas-typescript with its host constant replaced: a line of JSON in is a call, one out its answer.
const fs = require("fs");
const path = require("path");
const Module = require("module");
const [, , folder, url, key, secret] = process.argv;
const entrance = path.join(folder, "3commas-typescript", "dist", "index.js");

function load() {
  const loaded = new Module(entrance, null);
  loaded.filename = entrance;
  loaded.paths = Module._nodeModulePaths(path.dirname(entrance));
  const source = fs.readFileSync(entrance, "utf8");
  const host = "const ENDPOINT = 'https://api.3commas.io';";
  if (!source.includes(host)) throw new Error("its host constant is elsewhere");
  loaded._compile(source.replace(host, `const ENDPOINT = ${JSON.stringify(url)};`), entrance);
  return loaded.exports.API;
}

const client = new (load())({ key, secrets: secret });
require("./lines").serve((name, args) => client[name](...args));
