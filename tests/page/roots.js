// Of each root: whether it stands in a line, how far its sign hangs below what is under
// it, how far its bar is above that, the size of its letters, and what is under it.
() => [...document.querySelectorAll(".bd-article msqrt")].map((root) => {
  const sign = root.getBoundingClientRect();
  const parts = [...root.children].map((part) => part.getBoundingClientRect());
  const bottom = Math.max(...parts.map((part) => part.bottom));
  const top = Math.min(...parts.map((part) => part.top));
  const inline = root.closest("math").getAttribute("display") !== "block";
  const size = parseFloat(getComputedStyle(root).fontSize);
  return [inline, sign.bottom - bottom, top - sign.top, size, root.textContent];
})
