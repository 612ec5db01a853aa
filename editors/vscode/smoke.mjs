// The packed extension's own client and the server: a mistake is found, and found no more once corrected.
import { session } from "./session.mjs";

const PLAN = `account: main
pair: USDT_BTC
position: {type: buy, order_type: limit, units: {value: 0.01}, price: {value: 60000}}
take_profit: {enabled: false}
stop_los: {enabled: true, order_type: market, conditional: {price: {value: 55000, type: bid}}}
`;
const FILES = { "smartplan.toml": 'workspace = "desk"\nsince = 2026-11-22\n', "plans/btc.yaml": PLAN };

try {
  await session(FILES, async ({ open, type, findings, commands, run }) => {
    open("plans/btc.yaml");
    const [found] = await findings("plans/btc.yaml", (list) => list.length === 1);
    console.log(`found ${found.code?.value ?? found.code}: ${found.message.split("\n")[0]}`);
    type("plans/btc.yaml", PLAN.replace("stop_los", "stop_loss"));
    await findings("plans/btc.yaml", (list) => list.length === 0);
    console.log("corrected: nothing is found any more");
    console.log(`commands: ${commands.join(" ")}`);
    type("plans/btc.yaml", PLAN.replace("main", "{{ 'ma' ~ 'in' }}").replace("stop_los", "stop_loss"));
    const rendered = await run("smartplan.showRendered", "plans/btc.yaml");
    console.log(`rendered: ${rendered.split("\n")[0]}`);
  });
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
