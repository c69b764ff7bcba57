namespace Lrp.Models.Explanations;

/// <summary>The style of a page: light or dark as the reader's settings say.</summary>
internal static class ExplanationPageStyle
{
    public const string Css = """
        :root { color-scheme: light dark; --ink: light-dark(#1c1f23, #e6e8eb); --soft: light-dark(#5f6670, #a2aab4); --line: light-dark(#e3e6ea, #31363d); --page: light-dark(#fff, #15181c); --card: light-dark(#fff, #1b1f24); --mark: light-dark(#0b57d0, #8ab4f8); }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
        main { max-width: 1100px; margin: 0 auto; padding: 32px 24px 64px; }
        h1 { font-size: 25px; font-weight: 650; margin: 0 0 12px; }
        h2 { font-size: 17px; font-weight: 650; margin: 0; }
        h2 small { font-weight: 400; color: var(--soft); }
        .target { white-space: pre-wrap; border-bottom: 2px solid var(--line); }
        .controls { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 8px 26px; align-items: center; padding: 10px 0; background: var(--page); border-bottom: 1px solid var(--line); color: var(--soft); font-size: 14px; }
        .controls label { display: inline-flex; gap: 8px; align-items: center; color: var(--ink); }
        .controls output { min-width: 8.5em; color: var(--soft); }
        .key { display: inline-flex; gap: 8px; align-items: center; }
        .scale { display: inline-flex; outline: 1px solid var(--line); border-radius: 3px; overflow: hidden; }
        .scale i { width: 10px; height: 12px; }
        .step { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; margin: 18px 0 0; }
        .facts { margin: 2px 0 8px; color: var(--soft); font-size: 13.5px; }
        .text { margin: 0; font-size: 20px; line-height: 1.8; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
        .text:focus-visible { outline: 2px solid var(--mark); outline-offset: 6px; border-radius: 4px; }
        .t { cursor: default; }
        .t.special { font-size: .72em; margin-inline: .3em; padding: .1em .2em; border-radius: 4px; }
        .t.on { text-decoration: underline 3px var(--mark); text-underline-offset: .2em; text-decoration-skip-ink: none; }
        .read { min-height: 1.6em; margin: 8px 0 0; color: var(--soft); font-size: 14px; font-variant-numeric: tabular-nums; }
        .read b { color: var(--ink); font-weight: 600; white-space: pre-wrap; }
        .wide { overflow-x: auto; }
        .grid { border-collapse: separate; border-spacing: 2px; margin-top: 12px; }
        .grid caption { text-align: start; white-space: nowrap; color: var(--soft); font-size: 13.5px; padding-bottom: 4px; }
        .grid th { font-weight: 400; font-size: 11.5px; color: var(--soft); min-width: 20px; }
        .grid td { padding: 0; }
        .grid i, .grid button { display: block; width: 22px; height: 22px; border: 1px solid var(--line); border-radius: 4px; padding: 0; }
        .grid button { cursor: pointer; }
        .grid button:focus-visible, .grid button[aria-pressed="true"] { outline: 2px solid var(--mark); outline-offset: 1px; }
        details { margin-top: 12px; font-size: 14px; }
        summary { cursor: pointer; color: var(--soft); }
        .numbers { border-collapse: collapse; margin-top: 6px; font-variant-numeric: tabular-nums; }
        .numbers th, .numbers td { padding: 2px 16px 2px 0; border-bottom: 1px solid var(--line); text-align: end; }
        .numbers th { text-align: start; font-weight: 400; white-space: pre; }
        .numbers thead th { color: var(--soft); }
        html:not(.scripted) .script { display: none; }
        @media print { .controls { position: static; } .step { break-inside: avoid; } .t, .grid td * , .scale i { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }

        """;
}
