// Calls as lines of JSON, one after the other.
const readline = require("readline");

exports.serve = async (call) => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [name, args] = JSON.parse(line);
    let said;
    try {
      said = { answer: await call(name, args) };
    } catch (error) {
      said = { refused: error instanceof Error ? String(error) : error };
    }
    process.stdout.write(JSON.stringify(said) + "\n");
  }
};
