// What every page does beyond its theme.

(() => {
  // What scrolls sideways can be scrolled by keys as well.
  const wide = document.querySelectorAll("div.math, .pst-scrollable-table-container, table");
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const element of wide) watch.observe(element);
})();
