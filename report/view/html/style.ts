/** The page's style sheet: system fonts, one or two columns depending on the width, wide tables that scroll. */
import { THEME } from './theme.ts';

const PAGE = `
*{box-sizing:border-box}
html{background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif;-webkit-text-size-adjust:100%}
body{margin:0}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--page);padding:.3rem .6rem;z-index:9}
header,main,footer{max-width:1160px;margin:0 auto;padding:0 1.5rem}
header{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:.5rem 1.5rem;align-items:start;padding-top:2.4rem}
h1,h2{font-family:"Iowan Old Style",Charter,"Palatino Linotype",Palatino,Georgia,"Liberation Serif",serif;font-weight:600;line-height:1.2;overflow-wrap:anywhere}
h1{font-size:2rem;margin:0;letter-spacing:-.01em}
header p{grid-column:1/-1;margin:0;color:var(--muted);max-width:46rem}
h2{font-size:1.55rem;margin:0 0 .5rem}
h3{font-size:1rem;font-weight:600;margin:2rem 0 .6rem}
h3.side{font-size:.72rem;font-weight:600;letter-spacing:.08em;text-transform:uppercase;color:var(--muted);margin:0 0 .5rem;padding-bottom:.25rem;border-bottom:1px solid var(--line)}
button{font:inherit;font-size:.85rem;color:var(--ink);background:none;border:1px solid var(--frame);border-radius:3px;padding:.15rem .7rem;cursor:pointer}
button[aria-pressed=true]{background:var(--ink);color:var(--page);border-color:var(--ink)}
a{color:var(--link);text-underline-offset:2px}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:1px}
section{margin-top:2.6rem}
.model{border-top:2px solid var(--ink);padding-top:1.1rem;margin-top:3.6rem}
.note,figcaption,.ruler{color:var(--muted);font-size:.83rem;max-width:52rem;margin:.5rem 0 0}
figcaption b{color:var(--ink)}
.facts{display:flex;flex-wrap:wrap;gap:.3rem 2rem;margin:.9rem 0 1.6rem;padding:0}
.facts div{display:flex;flex-direction:column}
.facts dt{font-size:.75rem;color:var(--muted)}
.facts dd{margin:0;font-variant-numeric:tabular-nums;white-space:nowrap}
.columns{display:grid;grid-template-columns:minmax(0,1fr);gap:0 2.6rem}
.columns>*{min-width:0}
@media (min-width:1000px){.columns{grid-template-columns:minmax(0,1.45fr) minmax(0,1fr)}}
footer{color:var(--muted);font-size:.83rem;padding-top:2.5rem;padding-bottom:3rem}
`;

const TABLES = `
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.6rem 0 .3rem}
th,td{padding:.28rem .8rem;text-align:right;vertical-align:baseline;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:0}
th:last-child,td:last-child{padding-right:0}
thead th{font-weight:500;color:var(--muted);vertical-align:bottom}
thead>tr>*{border-bottom-color:var(--frame)}
tbody th{font-weight:500;max-width:22rem;overflow:hidden;text-overflow:ellipsis}
tfoot th,tfoot td,.sum th,.sum td{border-bottom:0;font-weight:600}
tfoot tr:first-child>*,.sum>*{border-top:1px solid var(--frame)}
.formula{font-weight:400!important;text-align:left}
tfoot .formula{text-align:right}
.share{width:7rem}
.share span{display:block;height:.6rem;width:calc(var(--w)*1%);min-width:1px;background:var(--frame)}
@media screen{.scroll tr>:first-child,.scroll .total{position:sticky;background:var(--page)}.scroll tr>:first-child{left:0;z-index:1;padding-right:.6rem}.scroll .total{right:0;padding-left:.6rem}.scroll caption{position:sticky;left:0;width:max-content}.scroll tfoot .formula{white-space:normal;min-width:6.5rem;max-width:11rem}}
@media screen and (max-width:640px){th,td{padding:.28rem .45rem}.scroll tr>:first-child{white-space:normal;max-width:9rem;overflow-wrap:break-word;box-shadow:1px 0 var(--line)}.scroll .total{box-shadow:-1px 0 var(--line)}}
.figure{cursor:default}
details{margin-top:.8rem;font-size:.9rem}
summary{cursor:pointer;color:var(--link)}
.contents{columns:14rem;padding:0;margin:.6rem 0 0;list-style:none;font-size:.9rem}
`;

const FIGURE = `
figure{margin:0}
.matrices{--side:var(--full);background:var(--surface);padding:1.1rem 1.2rem 1rem;margin:0 -1.2rem}
.stacks{display:flex;flex-wrap:wrap;gap:1.2rem 24px}
.stack{min-width:0}
.flow{display:flex;flex-wrap:wrap;gap:1rem 10px;list-style:none;margin:0;padding:0}
.flow>*{min-width:76px;display:flex;flex-direction:column;align-items:center}
.stage{height:var(--side);display:flex;align-items:center;justify-content:center}
.picture{display:block;width:calc(var(--w)*var(--side)/1000);height:calc(var(--h)*var(--side)/1000);min-width:2px;min-height:2px;overflow:visible}
.spot{cursor:default}
path.frame,path.computed{vector-effect:non-scaling-stroke}
.frame{stroke:var(--frame);stroke-width:.75}
.frame{fill:var(--page)}.computed+.frame{fill:none}
.computed{fill:currentColor}
.picture.attention{color:var(--attention)}
.picture.cross{color:var(--cross)}
.picture.pool{color:var(--pool)}
.picture.pool .computed{fill-opacity:.3;stroke:currentColor;stroke-width:1}
.hatch{fill:url(#hatch)}
.caption{display:flex;flex-direction:column;align-items:center;text-align:center;font-size:.74rem;line-height:1.4;color:var(--muted);margin-top:.45rem;font-variant-numeric:tabular-nums}
.caption b{color:var(--ink);font-weight:600}
.decoder{display:grid;grid-auto-flow:column;grid-template-rows:repeat(var(--rows),auto);gap:5px 10px;justify-items:start}
.pair{display:flex;gap:4px}
.ruler{display:flex;align-items:center;gap:.6rem;margin-top:.9rem}
.rule{flex:none;width:calc(var(--w)*var(--side)/1000);height:6px;border:1px solid var(--muted);border-top:0}
@media screen and (max-width:760px){.matrices{--side:min(var(--full),calc((100vw - 5.6rem)/2.4));margin:0 -1rem;padding-left:1rem;padding-right:1rem}.stage{height:auto}.flow{align-items:center}header,main,footer{padding-left:1rem;padding-right:1rem}}
`;

const BARS = `
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;padding:0;margin:0 0 .7rem;font-size:.8rem;color:var(--muted)}
.legend li{display:flex;align-items:center;gap:.4rem}
.key{width:1.4rem;height:.8rem;box-shadow:inset 0 0 0 1px var(--edge,var(--c))}
.bars{list-style:none;margin:0;padding:0;font-size:.8rem;display:grid;grid-template-columns:fit-content(20rem) minmax(0,1fr) max-content;column-gap:.7rem}
.bars li{display:grid;grid-column:1/-1;grid-template-columns:subgrid;align-items:center;padding:1.5px 0}
.what{color:var(--muted);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.what b{color:var(--ink);font-weight:500;display:inline-block;min-width:5.3rem}
.bar{height:1.15rem;border-left:1px solid var(--frame)}
.segs{display:flex;height:100%}
.seg{width:calc(var(--w)*1%);min-width:1px;flex:none;box-shadow:inset 0 0 0 1px var(--edge,var(--c))}
.seg.spot:hover,.seg:focus-visible{position:relative;z-index:1;outline:2px solid var(--ink);outline-offset:1px}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.seg,.key{background-color:var(--c);-webkit-print-color-adjust:exact;print-color-adjust:exact;--g:color-mix(in srgb,var(--grain) 45%,transparent)}
.seg.attention,.key.attention{--c:var(--attention)}
.seg.cross,.key.cross{--c:var(--cross);background-image:repeating-linear-gradient(0deg,var(--g) 0 1px,transparent 1px 4px)}
.seg.projections,.key.projections{--c:var(--projections);background-image:repeating-linear-gradient(135deg,var(--g) 0 1px,transparent 1px 5px)}
.seg.memory,.key.memory{--c:var(--memory);background-image:repeating-linear-gradient(45deg,var(--g) 0 1px,transparent 1px 5px)}
.seg.ffn,.key.ffn{--c:var(--ffn);--edge:var(--frame);background-image:radial-gradient(var(--g) .8px,transparent 1px);background-size:4px 4px}
.seg.score,.key.score{--c:var(--score);background-image:repeating-linear-gradient(90deg,var(--g) 0 1px,transparent 1px 3px)}
.seg.pool,.key.pool{--c:var(--pool);background-image:repeating-linear-gradient(90deg,var(--g) 0 2px,transparent 2px 6px)}
.seg.head,.key.head{--c:var(--head);background-image:repeating-linear-gradient(0deg,var(--g) 0 1px,transparent 1px 4px),repeating-linear-gradient(90deg,var(--g) 0 1px,transparent 1px 4px)}
@media screen and (max-width:760px){.bars{grid-template-columns:minmax(0,1fr) max-content}.what{grid-column:1/-1}}
`;

const CHARTS = `
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,500px),1fr));gap:1.5rem}
.chart figcaption{color:var(--ink);font-weight:600;font-size:.9rem;margin:0 0 .3rem}
.chart svg{display:block;width:100%;min-width:min(var(--w),640px);max-width:calc(var(--w)*1.12);height:auto}
.charts.many{grid-template-columns:minmax(0,1fr)}
.chart text{font-size:11.5px;fill:var(--muted);font-variant-numeric:tabular-nums}
.gridline{stroke:var(--line);stroke-width:1}
.line{color:var(--ink)}
.course{fill:none;stroke:currentColor;stroke-width:1.6}
.course.beyond{stroke-dasharray:4 3}
.wide{fill:none;stroke:transparent;stroke-width:11}
.mark{fill:currentColor;stroke:currentColor;stroke-width:1}
.mark.far{fill:var(--page)}
.leader{fill:none;stroke:currentColor;stroke-width:.7;opacity:.55}
.chart .label{fill:var(--ink)}
.mark:focus-visible{outline:none;stroke:var(--ink);stroke-width:5;paint-order:stroke}
.mark.spot:hover{stroke-width:4}
.chart svg:has(.line:hover) .line:not(:hover),.chart svg:has(:focus-visible) .line:not(:focus-within){opacity:.25}
.lines{display:none;flex-wrap:wrap;gap:.2rem 1rem;list-style:none;margin:.6rem 0 0;padding:0;font-size:.8rem}
.lines li{display:flex;align-items:center;gap:.3rem;overflow-wrap:anywhere}
.lines svg{flex:none}
@media screen and (max-width:640px){.lines{display:flex}.chart .scroll{overflow:hidden}.chart svg{min-width:0;max-width:none;width:141%}.many svg{width:123%}.many text{font-size:17px}.leader,.line>.label,.line>.sample{display:none}}
${Array.from({ length: 8 }, (_, i) => `.c${i + 1}{color:var(--c${i + 1})}`).join('')}
`;

const SOURCE = `
.source{background:var(--surface);border-left:2px solid var(--frame)}
pre{margin:0;padding:.7rem .9rem .7rem 0;font:12.5px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;tab-size:2}
.ln{display:block;padding-left:3.4rem;position:relative;min-height:1.55em}
.ln::before{content:attr(data-n);position:absolute;left:0;width:2.5rem;text-align:right;color:var(--muted);user-select:none}
.ln i{color:var(--muted)}
.ln b{font-weight:600}
.path{font-size:.83rem;color:var(--muted);margin:0 0 .4rem;overflow-wrap:anywhere}
`;

/**
 * Without the script, labels appear at the bottom of the window: the label of the element under the pointer, or of the
 * focused element.
 */
const DETAILS = `
.tip,html:not(.js) .spot:is(:hover,:focus-visible)::after{position:fixed;z-index:8;max-width:min(25rem,calc(100vw - 16px));background:var(--ink);color:var(--page);font:400 12.5px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,Arial,"Liberation Sans",sans-serif;padding:.4rem .65rem;border-radius:3px;overflow-wrap:anywhere;text-align:left;white-space:normal;pointer-events:none}
.tip[hidden]{display:none}
html:not(.js) .spot:is(:hover,:focus-visible)::after{content:attr(aria-label);left:8px;bottom:8px}
@media (prefers-reduced-motion:no-preference){.line{transition:opacity .12s}}
`;

const PRINT = `
@media print{
@page{margin:14mm}
html{font-size:11px}
header,main,footer{max-width:none;padding:0}
#theme,.skip,.tip,summary,.unprinted,.files{display:none!important}
table{font-size:9px}
th,td{padding:.2rem .45rem}
details table{font-size:7.5px}
details td,details th{padding:.2rem .3rem}
.formula{white-space:normal}
.matrices,.source{background:none}
.matrices{margin:0;padding:0;--side:calc(var(--full)*.6)}
.picture path,.share span,.computed{-webkit-print-color-adjust:exact;print-color-adjust:exact}
.scroll{overflow:visible}
.charts{grid-template-columns:1fr 1fr;gap:1rem}
.charts.many{grid-template-columns:1fr}
.chart svg{min-width:0}
pre{white-space:pre-wrap;font-size:10px}
.flow{column-gap:4px}
.flow>*{min-width:62px}
.stacks{column-gap:16px}
h2,h3,caption,thead,tbody tr:first-child{break-after:avoid}
tbody tr:last-child{break-before:avoid}
figure,.bars li,tr,.flow>*{break-inside:avoid}
.model{break-before:page;margin-top:0}
a{color:inherit;text-decoration:none}
}
`;

export const STYLE = [THEME, PAGE, TABLES, FIGURE, BARS, CHARTS, SOURCE, DETAILS, PRINT]
  .join('')
  .replace(/\n+/g, '\n')
  .trim();
