// 3commas-api-node at another host, by its own option: a line of JSON in is a call, one out its answer.
const path = require("path");
const [, , folder, url, apiKey, apiSecret] = process.argv;
const Client = require(path.join(folder, "3commas-api-node"));
const client = new Client({ url, apiKey, apiSecret, forcedMode: "paper" });
require("./lines").serve((name, args) => client[name](...args));
