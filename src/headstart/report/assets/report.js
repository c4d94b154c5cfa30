"use strict";
// Draws the import tree as a flame chart or a treemap. Without it the page's tables say the same.
(() => {
  const source = document.getElementById("imports-data");
  if (!source) return;

  const data = JSON.parse(source.textContent);
  const USED = 1, SUBTREE_USED = 2, IN_PACKAGE = 4, IN_HANDLER = 8, HAS_BYTECODE = 16;
  const ROW_PX = 22, NARROWEST_PX = 2, TREEMAP_PX = 460, HEADING_PX = 18;
  const ALL = 0; // the node that stands for everything

  const nodes = [{ parent: -1, name: "all imports", self: 0, ms: 0, mb: 0, files: 0, flags: 0, place: "" }];
  for (const [parent, name, self, ms, mb, files, flags, importer, line] of data.nodes) {
    const path = data.importers[importer];
    nodes.push({ parent: parent + 1, name, self, ms, mb, files, flags, place: path && line ? `${path}:${line}` : path });
  }
  nodes.forEach((node) => { node.children = []; });
  nodes.forEach((node, index) => { if (index !== ALL) nodes[node.parent].children.push(index); });
  for (const root of nodes[ALL].children) {
    for (const unit of ["ms", "mb", "files"]) nodes[ALL][unit] += nodes[root][unit];
  }

  const state = { view: "icicle", measure: "ms", zoom: ALL, chosen: -1, find: "" };
  const tree = document.getElementById("tree");
  const path = document.getElementById("path");
  const tip = document.getElementById("tip");
  const status = document.getElementById("tree-status");
  let sizes = [];
  let cells = new Map();

  // A parent is never smaller than its children together, so that nothing sticks out.
  function measureAll() {
    sizes = nodes.map((node) => Math.max(node[state.measure], 0));
    for (let index = nodes.length - 1; index >= 0; index -= 1) {
      const below = nodes[index].children.reduce((sum, child) => sum + sizes[child], 0);
      sizes[index] = Math.max(sizes[index], below);
    }
  }

  const bySize = (index) => [...nodes[index].children].sort((a, b) => sizes[b] - sizes[a]);

  function icicle(width) {
    const rectangles = [];
    const waiting = [[state.zoom, 0, 0, width]];
    while (waiting.length) {
      const [index, x, depth, span] = waiting.pop();
      rectangles.push({ index, x, y: depth * ROW_PX, width: span, height: ROW_PX });
      let left = x;
      for (const child of nodes[index].children) {
        const part = sizes[index] ? (span * sizes[child]) / sizes[index] : 0;
        if (part >= NARROWEST_PX) waiting.push([child, left, depth + 1, part]);
        left += part;
      }
    }
    return rectangles;
  }

  function treemap(width) {
    const rectangles = [];
    const waiting = [{ index: state.zoom, x: 0, y: 0, width, height: TREEMAP_PX }];
    while (waiting.length) {
      const box = waiting.pop();
      rectangles.push(box);
      const inner = { x: box.x + 2, y: box.y + HEADING_PX, width: box.width - 4, height: box.height - HEADING_PX - 2 };
      if (inner.width < 8 || inner.height < 8 || !sizes[box.index]) continue;
      const area = (inner.width * inner.height) / sizes[box.index];
      const items = bySize(box.index).map((index) => ({ index, area: sizes[index] * area }));
      waiting.push(...squarify(items.filter((item) => item.area >= 12), inner));
    }
    return rectangles;
  }

  // Squarified treemap (Bruls, Huizing, van Wijk 2000): rows along the shorter side, as square as they can be.
  function squarify(items, box) {
    const placed = [];
    let { x, y, width, height } = box;
    for (let start = 0; start < items.length;) {
      const side = Math.min(width, height);
      let end = start, sum = 0, best = Infinity;
      while (end < items.length) {
        const next = sum + items[end].area;
        const thickness = next / side;
        const worst = Math.max(...[items[start], items[end]].map(({ area }) => {
          const length = area / thickness;
          return Math.max(length / thickness, thickness / length);
        }));
        if (worst > best) break;
        best = worst;
        sum = next;
        end += 1;
      }
      const thickness = sum / side;
      let offset = 0;
      for (const { index, area } of items.slice(start, end)) {
        const length = area / thickness;
        placed.push(width < height
          ? { index, x: x + offset, y, width: length, height: thickness }
          : { index, x, y: y + offset, width: thickness, height: length });
        offset += length;
      }
      if (width < height) { y += thickness; height -= thickness; } else { x += thickness; width -= thickness; }
      start = end;
    }
    return placed;
  }

  function shortName({ name, parent }) {
    const above = parent >= 0 ? `${nodes[parent].name}.` : "";
    return above && name.startsWith(above) ? name.slice(above.length - 1) : name;
  }

  function classOf(node) {
    const late = node.flags & IN_HANDLER ? " late" : "";
    if (node.flags & USED) return `used${late}`;
    if (node.flags & SUBTREE_USED) return `part${late}`;
    return (node.flags & IN_PACKAGE ? "unused" : "standard") + late;
  }

  function describe(index) {
    const node = nodes[index];
    const share = nodes[ALL].ms ? ` (${((100 * node.ms) / nodes[ALL].ms).toFixed(1)} % of all)` : "";
    if (index === ALL) return `${node.name}\n${node.ms.toFixed(1)} ms in all, ${node.mb.toFixed(1)} MB`;
    const use = node.flags & USED ? "used by your events"
      : node.flags & SUBTREE_USED ? "not used itself; something below it was" : "not used by your events";
    return [
      node.name,
      `${node.ms.toFixed(2)} ms in all${share}, ${node.self.toFixed(2)} ms itself`,
      `${node.mb.toFixed(2)} MB, ${node.files} ${node.files === 1 ? "file" : "files"} opened`,
      use,
      node.flags & HAS_BYTECODE ? "" : "no bytecode: compiled in every cold start",
      node.flags & IN_HANDLER ? "loaded during an invocation" : "",
      node.place ? `imported at ${node.place}` : "",
    ].filter(Boolean).join("\n");
  }

  function draw() {
    const width = tree.clientWidth;
    const rectangles = state.view === "icicle" ? icicle(width) : treemap(width);
    const bottom = Math.max(...rectangles.map((box) => box.y + box.height));
    tree.className = state.view;
    tree.style.height = `${bottom}px`;
    cells = new Map();
    tree.replaceChildren(...rectangles.map((box) => {
      const node = nodes[box.index];
      const cell = document.createElement("div");
      const missed = state.find && !node.name.toLowerCase().includes(state.find);
      cell.className = `node ${classOf(node)}${missed ? " miss" : ""}${box.index === state.chosen ? " chosen" : ""}`;
      cell.dataset.index = box.index;
      for (const [key, value] of [["left", box.x], ["top", box.y], ["width", box.width], ["height", box.height]]) {
        cell.style[key] = `${value.toFixed(1)}px`;
      }
      if (box.width < 24) cell.style.padding = "0";
      else if (box.height > 12) cell.textContent = shortName(node);
      cells.set(box.index, cell);
      return cell;
    }));
    drawPath();
  }

  function drawPath() {
    const trail = [];
    for (let index = state.zoom; index >= 0; index = nodes[index].parent) trail.unshift(index);
    path.replaceChildren(...trail.flatMap((index, depth) => {
      const step = document.createElement("button");
      step.type = "button";
      step.textContent = nodes[index].name;
      step.addEventListener("click", () => zoomTo(index));
      return depth ? [" › ", step] : [step];
    }));
  }

  function zoomTo(index) {
    state.zoom = index;
    state.chosen = -1;
    status.textContent = "";
    tip.hidden = true;
    draw();
  }

  function choose(index) {
    if (index === undefined || index < 0 || !cells.has(index)) return;
    cells.get(state.chosen)?.classList.remove("chosen");
    state.chosen = index;
    cells.get(index).classList.add("chosen");
    status.textContent = describe(index).split("\n").join(" · ");
  }

  const chosen = () => (state.chosen < 0 ? state.zoom : state.chosen);

  function step(by) {
    const siblings = nodes[nodes[chosen()].parent]?.children ?? [];
    choose(siblings[siblings.indexOf(state.chosen) + by]);
  }

  const keys = {
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    ArrowDown: () => choose(nodes[chosen()].children.find((child) => cells.has(child))),
    ArrowUp: () => choose(nodes[chosen()].parent),
    Enter: () => zoomTo(chosen()),
    Escape: () => zoomTo(Math.max(nodes[state.zoom].parent, ALL)),
  };

  tree.addEventListener("keydown", (event) => {
    if (!(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
  tree.addEventListener("click", (event) => {
    const cell = event.target.closest(".node");
    if (cell) zoomTo(Number(cell.dataset.index));
  });
  tree.addEventListener("mousemove", (event) => {
    const cell = event.target.closest(".node");
    tip.hidden = !cell;
    if (!cell) return;
    tip.textContent = describe(Number(cell.dataset.index));
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8))}px`;
    const below = event.clientY + 18;
    const fits = below + tip.offsetHeight < window.innerHeight;
    tip.style.top = `${fits ? below : event.clientY - tip.offsetHeight - 10}px`;
  });
  tree.addEventListener("mouseleave", () => { tip.hidden = true; });

  for (const button of document.querySelectorAll(".choice button")) {
    button.addEventListener("click", () => {
      state[button.dataset.set] = button.dataset.to;
      for (const other of button.parentNode.querySelectorAll("button")) {
        other.setAttribute("aria-pressed", String(other === button));
      }
      measureAll();
      draw();
    });
  }
  document.getElementById("find").addEventListener("input", (event) => {
    state.find = event.target.value.trim().toLowerCase();
    draw();
  });
  window.addEventListener("resize", draw);

  document.querySelector(".interactive").hidden = false;
  if (data.left_out) status.textContent = `${data.left_out} of the cheapest modules are left out of the picture.`;
  measureAll();
  draw();
})();
