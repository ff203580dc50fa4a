/**
 * The page's script; the page is complete without it. The script shows labels in a tooltip instead of at the bottom of
 * the window, and adds the button for light or dark. It makes each chart one stop of the Tab key, in which arrow keys
 * move between the values. It fetches nothing, and inserts only text, no markup.
 */
export const SCRIPT = `(() => {
'use strict';
const root = document.documentElement;
root.classList.add('js');
const all = (selector, within) => [...(within || document).querySelectorAll(selector)];

const toggle = document.getElementById('theme');
const dark = matchMedia('(prefers-color-scheme: dark)');
const isDark = () => (root.dataset.theme || (dark.matches ? 'dark' : 'light')) === 'dark';
const say = () => toggle.setAttribute('aria-pressed', String(isDark()));
toggle.hidden = false;
toggle.addEventListener('click', () => { root.dataset.theme = isDark() ? 'light' : 'dark'; say(); });
dark.addEventListener('change', say);
say();

const tip = document.createElement('div');
tip.className = 'tip';
tip.hidden = true;
tip.setAttribute('aria-hidden', 'true');
document.body.append(tip);
let shown = null;
const hide = () => { tip.hidden = true; shown = null; };
const show = (spot) => {
  shown = spot;
  tip.textContent = spot.getAttribute('aria-label');
  tip.hidden = false;
  const box = spot.getBoundingClientRect();
  const own = tip.getBoundingClientRect();
  const room = root.clientWidth - own.width - 8;
  tip.style.left = Math.max(8, Math.min(room, box.left + box.width / 2 - own.width / 2)) + 'px';
  const above = box.top - own.height - 8;
  tip.style.top = (above < 8 ? Math.min(box.bottom + 8, innerHeight - own.height - 8) : above) + 'px';
};
const spotOf = (event) => event.target.closest && event.target.closest('.spot[aria-label]');
document.addEventListener('pointerover', (event) => { const spot = spotOf(event); if (spot) show(spot); else hide(); });
document.addEventListener('focusin', (event) => { const spot = spotOf(event); if (spot) show(spot); else hide(); });
document.addEventListener('focusout', hide);
document.addEventListener('scroll', () => { if (shown && shown === document.activeElement) show(shown); else hide(); }, true);

for (const group of all('[data-rove]')) {
  const spots = all('.spot[tabindex]', group);
  const only = (spot) => spots.forEach((each) => { each.tabIndex = each === spot ? 0 : -1; });
  if (spots.length) only(spots[0]);
  const rows = all('[data-row]', group).map((row) => all('.spot[tabindex]', row)).filter((row) => row.length);
  group.addEventListener('focusin', (event) => { const spot = spotOf(event); if (spot) only(spot); });
  group.addEventListener('keydown', (event) => {
    const at = spots.indexOf(event.target);
    if (event.altKey || event.ctrlKey || event.metaKey || at < 0) return;
    const row = rows.findIndex((each) => each.includes(event.target));
    const along = (by) => {
      const next = rows[row + by];
      return next && next[Math.min(rows[row].indexOf(event.target), next.length - 1)];
    };
    const upAndDown = rows.length > 1;
    const moves = {
      ArrowRight: () => spots[at + 1],
      ArrowLeft: () => spots[at - 1],
      ArrowDown: () => (upAndDown ? along(1) : spots[at + 1]),
      ArrowUp: () => (upAndDown ? along(-1) : spots[at - 1]),
      Home: () => spots[0],
      End: () => spots[spots.length - 1],
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    const next = moves[event.key]();
    if (next) next.focus();
  });
}
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') hide(); });
})();`;
