namespace Lrp.Pictures;

/// <summary>
/// The style of a report: plain, so that the heatmaps stand out; light or dark as the reader's settings say.
/// </summary>
internal static class ReportStyle
{
    public const string Css = """
        :root { color-scheme: light dark; --ink: #1c1f23; --soft: #6a717a; --line: #e3e6ea; --page: #fff; --bar: #4a6fa5; --track: #eceff3; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --soft: #979fa9; --line: #31363d; --page: #15181c; --bar: #7ea6e0; --track: #2a2f36; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
        main { max-width: 1420px; margin: 0 auto; padding: 36px 28px 64px; }
        h1 { font-size: 27px; font-weight: 650; letter-spacing: -.01em; margin: 0 0 10px; }
        h2 { font-size: 19px; font-weight: 650; margin: 44px 0 8px; }
        p { max-width: 46em; margin: 0 0 10px; color: var(--ink); }
        .wide { overflow-x: auto; margin-top: 22px; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        .methods th, .methods td { padding: 7px 6px; text-align: center; vertical-align: middle; border-bottom: 1px solid var(--line); font-weight: 400; }
        .methods thead th { vertical-align: bottom; border-bottom: 2px solid var(--line); padding-bottom: 12px; }
        .methods tbody tr:hover { background: color-mix(in srgb, var(--track) 45%, transparent); }
        .methods img { display: block; width: var(--cell); height: auto; margin: 0 auto; image-rendering: pixelated; border-radius: 4px; outline: 1px solid var(--line); outline-offset: -1px; }
        .methods th.method { text-align: left; font-weight: 600; min-width: 160px; max-width: 210px; padding-right: 16px; }
        .methods th.method small { display: block; font-weight: 400; font-size: 12.5px; line-height: 1.35; color: var(--soft); }
        .methods th.input { width: calc(var(--cell) + 10px); }
        .methods thead th.score { white-space: normal; font-size: 12.5px; line-height: 1.3; color: var(--soft); max-width: 96px; }
        .score { white-space: nowrap; min-width: 70px; padding-left: 8px !important; }
        .caption { margin-top: 3px; font-size: 12px; line-height: 1.3; color: var(--soft); }
        .input .caption { font-size: 13.5px; color: var(--ink); font-weight: 600; margin-bottom: 4px; }
        .predictions { display: grid; grid-template-columns: fit-content(60%) minmax(1em, 1fr) auto; gap: 0 6px; align-items: center; font-size: 12px; line-height: 1.45; color: var(--soft); text-align: right; }
        .predictions .label { text-align: left; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
        .predictions i, .meter { display: block; height: 5px; border-radius: 3px; background: var(--track); overflow: hidden; }
        .predictions b, .meter b { display: block; height: 100%; border-radius: 3px; background: var(--bar); }
        .meter { width: 62px; margin: 4px auto 0; }
        .scale { height: 10px; border-radius: 5px; outline: 1px solid var(--line); outline-offset: -1px; margin-right: 16px; }
        .ends { display: flex; justify-content: space-between; font-size: 12px; color: var(--soft); margin-right: 16px; }
        .figures { display: flex; flex-wrap: wrap; gap: 0 24px; }
        figure { margin: 26px 0 0; }
        figure img { display: block; max-width: 100%; image-rendering: pixelated; border-radius: 4px; }
        figcaption { margin-top: 5px; font-size: 13.5px; color: var(--soft); }
        .chart { display: block; width: 100%; max-width: 860px; margin-top: 12px; }
        .chart text { font-family: "DejaVu Sans", Verdana, sans-serif; }
        .chart [fill="#6A717A"] { fill: var(--soft); }
        .chart [stroke="#6A717A"] { stroke: var(--soft); }
        .chart [stroke="#E3E6EA"] { stroke: var(--line); }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 6px 0 0; padding: 0; max-width: 860px; font-size: 13.5px; }
        .legend svg { width: 26px; height: 8px; margin-right: 7px; vertical-align: middle; stroke-width: 2.5; }
        .plain { font-size: 14px; }
        .plain th { text-align: left; color: var(--soft); font-weight: 600; border-bottom: 2px solid var(--line); padding: 5px 18px 5px 0; }
        .plain td { border-bottom: 1px solid var(--line); padding: 5px 18px 5px 0; }
        .plain td.number { text-align: right; }
        @media print { main { max-width: none; padding: 0; } section, tr { break-inside: avoid; } }

        """;
}
