"""The settings of docs/editors.md: in Neovim itself, and what of others can be looked at."""

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from tests.plans import TWO_TRADES
from tests.process import finish

PAGE = (Path(__file__).parents[2] / "docs" / "editors.md").read_text(encoding="utf-8")
TOML = 'workspace = "desk"\nsince = 2026-11-22\n\n[environments.sandbox.accounts]\nmain = 1\n'
SESSION = """\
local said = {}
local function line(number) return vim.api.nvim_buf_get_lines(0, number - 1, number, false)[1] end
local function wait(happened) return vim.wait(15000, happened, 20) end

local function session()
  wait(function() return #vim.diagnostic.get(0) > 0 end)
  said.found = {}
  for _, one in ipairs(vim.diagnostic.get(0)) do
    table.insert(said.found, { one.code, one.lnum + 1, one.col + 1 })
  end
  vim.api.nvim_win_set_cursor(0, { 4, 6 })
  vim.lsp.buf.hover()
  wait(function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= "" then
        said.hover = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
        vim.api.nvim_win_close(window, true)
        return true
      end
    end
  end)
  vim.ui.select = function(items, _, chosen) chosen(items[1], 1) end
  vim.api.nvim_win_set_cursor(0, { 5, 6 })
  vim.lsp.buf.code_action()
  wait(function() return line(5):find("stop_loss:") ~= nil end)
  said.fixed = line(5)
  wait(function() return #vim.diagnostic.get(0) == 0 end)
  said.left = #vim.diagnostic.get(0)
  vim.api.nvim_win_set_cursor(0, { 3, 3 })
  vim.lsp.buf.rename("first")
  wait(function() return line(3) == "  first:" end)
  said.renamed = { line(3), line(4) }
  local windows = #vim.api.nvim_list_wins()
  vim.cmd("SmartplanRendered")
  wait(function() return #vim.api.nvim_list_wins() > windows and line(1) ~= "" end)
  said.rendered = line(1)
end

local well, problem = pcall(session)
if not well then said.problem = tostring(problem) end
vim.fn.writefile({ vim.fn.json_encode(said) }, "said.json")
vim.cmd("qa!")
"""


def blocks(heading: str, kind: str) -> list[str]:
    """The code of a section of the page."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(rf"```{kind}\n(.*?)```", section, re.DOTALL)


def settings_of(version: tuple[int, ...]) -> str:
    """What the page says for a version of Neovim."""
    newer, older, rendered = blocks("Neovim", "lua")
    return (newer if version >= (0, 11) else older) + rendered


@pytest.mark.skipif(shutil.which("nvim") is None, reason="no Neovim: `make neovim` installs it")
def test_neovim_finds_shows_fixes_and_renames(tmp_path: Path) -> None:
    said = finish(["nvim", "--version"], tmp_path)
    version = tuple(map(int, re.findall(r"NVIM v(\d+)\.(\d+)", said.stdout)[0]))
    (tmp_path / "plans").mkdir()
    (tmp_path / "smartplan.toml").write_text(TOML)
    plan = tmp_path / "plans" / "two.yaml"
    plan.write_text(TWO_TRADES.replace("stop_loss", "stop_los", 1))
    (tmp_path / "init.lua").write_text(settings_of(version))
    (tmp_path / "session.lua").write_text(SESSION)
    command = ["nvim", "--headless", "--clean", "-u", "init.lua", str(plan)]
    home = str(tmp_path / "home")
    finish([*command, "-c", "luafile session.lua"], tmp_path, timeout=90, HOME=home)
    told = json.loads((tmp_path / "said.json").read_text(encoding="utf-8"))
    assert told.pop("hover")[:3] == ["**`position`**", "", "The entry."]
    assert told == {
        "found": [["SP003", 5, 5]],
        "fixed": TWO_TRADES.splitlines()[4],
        "left": 0,
        "renamed": ["  first:", "    lifecycle: {renamed_from: one}"],
        "rendered": TWO_TRADES.splitlines()[0],
    }


def test_what_helix_is_told_is_its_settings_and_our_server() -> None:
    (text,) = blocks("Helix", "toml")
    told = tomllib.loads(text)
    server = told["language-server"]["smartplan"]
    assert [server["command"], *server["args"]] == ["smartplan", "lsp"]
    (language,) = told["language"]
    assert language["language-servers"] == ["smartplan"]
    assert language["roots"] == ["smartplan.toml"]
