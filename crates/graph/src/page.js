"use strict";
// The page's own script. It reads the data that stands in the page, and sets text only as text.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const many = data.nodes.length > 600;
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const ink = dark ? "#e6e6e6" : "#333";
  const paper = dark ? "#181a1d" : "#fff";
  const line = dark ? {
    "the report": { color: "#7fb0ff", style: "solid" },
    "a knowledge base": { color: "#c79bf2", style: "dashed" },
    inferred: { color: "#e0a24a", style: "dotted" },
  } : {
    "the report": { color: "#1f5fbf", style: "solid" },
    "a knowledge base": { color: "#7a3fb0", style: "dashed" },
    inferred: { color: "#9a5b00", style: "dotted" },
  };
  const fill = {
    report: "#e8e8e8", incident: "#f9c9c4", identity: "#d8ead2", infrastructure: "#d8ead2", tool: "#d8ead2",
    frame: "#ffe3c2", technique: "#f9d5d1", consequence: "#fdebe9", tactic: "#f3e1ee", owasp: "#e7defa",
    weakness: "#e7defa", "attack-pattern": "#e7defa", vulnerability: "#e7defa", defence: "#cfe8f3",
    data: "#fff2b8", number: "#fff7d9", event: "#eef3d6", observable: "#e3ecf7", erratum: "#f5d0e4",
  };
  const border = { stated: "solid", claimed: "double", hypothetical: "dashed", suggested: "dotted" };

  const elements = data.nodes.map((node, nth) => ({
    data: { id: "n" + nth, nth, label: node.label, fill: fill[node.kind], border: border[node.status] },
    position: { x: node.x, y: node.y },
    classes: "claim",
  }));
  data.headings.forEach((heading, nth) => elements.push({
    data: { id: "h" + nth, label: heading.text },
    position: { x: heading.x, y: heading.y },
    classes: "heading",
    selectable: false, grabbable: false,
  }));
  data.edges.forEach((edge, nth) => elements.push({
    data: {
      id: "e" + nth, nth, source: "n" + edge.from, target: "n" + edge.to, label: edge.relation,
      color: line[edge.provenance].color, style: line[edge.provenance].style,
    },
    classes: "link",
  }));

  const cy = cytoscape({
    container: document.getElementById("picture"),
    elements,
    layout: { name: "preset", fit: true, padding: 20 },
    minZoom: 0.02, maxZoom: 3,
    hideEdgesOnViewport: many, textureOnViewport: many, autoungrabify: many, boxSelectionEnabled: false,
    style: [
      { selector: ".claim", style: {
        shape: "round-rectangle", width: data.width, height: 32, "background-color": "data(fill)",
        "border-width": 2, "border-style": "data(border)", "border-color": "#555",
        label: "data(label)", "font-size": 15, color: "#111", "text-valign": "center", "text-halign": "center",
        "text-wrap": "ellipsis", "text-max-width": data.width - 10, "min-zoomed-font-size": 4,
      } },
      { selector: ".heading", style: {
        shape: "rectangle", width: data.width, height: 24, "background-opacity": 0, "border-width": 0,
        label: "data(label)", "font-size": 18, "font-weight": "bold", color: ink,
        "text-valign": "center", "text-halign": "center", "min-zoomed-font-size": 3, events: "no",
      } },
      { selector: ".link", style: {
        width: 1.5, "line-color": "data(color)", "line-style": "data(style)", "curve-style": many ? "haystack" : "bezier",
        "target-arrow-shape": "triangle", "target-arrow-color": "data(color)", "arrow-scale": 0.8, opacity: many ? 0.12 : 0.45,
      } },
      { selector: ".faded", style: { opacity: 0.12 } },
      { selector: ".link.near", style: {
        opacity: 1, width: 2.5, label: "data(label)", "font-size": 11, color: ink, "text-background-color": paper,
        "text-background-opacity": 0.9, "text-background-padding": 2, "min-zoomed-font-size": 6,
      } },
      { selector: ".claim.chosen", style: { "border-width": 5, "border-style": "solid", "border-color": "#c99700" } },
      { selector: ".claim.hit", style: { "border-width": 4, "border-color": "#0b4a9e" } },
      { selector: ".hidden", style: { display: "none" } },
    ],
  });

  const at = (nth) => cy.getElementById("n" + nth);
  const detail = document.getElementById("detail");
  const tell = (parent, name, text) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };
  const button = (parent, nth) => {
    const made = tell(parent, "button", data.nodes[nth].label);
    made.type = "button";
    made.className = "node";
    made.dataset.node = nth;
  };

  // Places of the text: exact words where the browser can highlight ranges, else the whole sentence.
  const text = document.getElementById("text");
  const leaves = [];
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  for (let at = 0; walker.nextNode(); at += walker.currentNode.length) leaves.push({ at, node: walker.currentNode });
  const leaf = (place, isEnd) => {
    let low = 0, high = leaves.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (isEnd ? leaves[middle].at < place : leaves[middle].at <= place) low = middle; else high = middle - 1;
    }
    return leaves[low];
  };
  const mark = (said, marks) => {
    text.querySelectorAll(".shown").forEach((one) => one.classList.remove("shown"));
    said.forEach((nth, first) => {
      const one = document.getElementById("s" + nth);
      if (!one) return;
      one.classList.add("shown");
      if (first === 0) text.scrollTop += one.getBoundingClientRect().top - text.getBoundingClientRect().top - 40;
    });
    if (!window.CSS || !CSS.highlights) return;
    CSS.highlights.set("claim", new Highlight(...marks.map(([from, to]) => {
      const range = new Range();
      const [first, last] = [leaf(from, false), leaf(to, true)];
      range.setStart(first.node, from - first.at);
      range.setEnd(last.node, to - last.at);
      return range;
    })));
  };

  const choose = (nth, move) => {
    const node = data.nodes[nth];
    if (!node) return;
    cy.batch(() => {
      cy.elements().removeClass("chosen near faded");
      const near = at(nth).closedNeighborhood();
      cy.elements(".claim, .link").not(near).addClass("faded");
      near.edges().addClass("near");
      at(nth).addClass("chosen");
    });
    if (move) {
      cy.zoom(Math.max(cy.zoom(), 0.7));
      cy.center(at(nth));
    }
    detail.replaceChildren();
    tell(detail, "h3", node.label);
    tell(detail, "p", node.heading + ", " + node.status + ". " + node.detail);
    tell(detail, "p", "Because: " + node.because);
    node.said.forEach((one) => {
      const there = document.getElementById("s" + one);
      if (there) tell(detail, "blockquote", there.textContent);
    });
    node.quotes.forEach((quote) => tell(detail, "blockquote", quote));
    const list = data.edges.filter((edge) => edge.from === nth || edge.to === nth);
    if (list.length) tell(detail, "h3", "Links");
    const links = tell(detail, "ul");
    list.slice(0, 200).forEach((edge) => {
      const item = tell(links, "li");
      const other = edge.from === nth ? edge.to : edge.from;
      item.append(edge.from === nth ? edge.relation + " " : "");
      button(item, other);
      item.append(edge.from === nth ? "" : " " + edge.relation + " this");
      // What a knowledge base has, the report neither states nor doubts.
      const how = edge.provenance === "a knowledge base" ? "" : ", " + edge.status;
      tell(item, "small", " (" + edge.provenance + how + ": " + edge.because + ")");
    });
    if (list.length > 200) tell(detail, "p", "and " + (list.length - 200) + " more in the table of links");
    mark(node.said, node.marks);
    history.replaceState(null, "", "#node=" + encodeURIComponent(node.id));
  };

  const chooseLink = (nth) => {
    const edge = data.edges[nth];
    cy.batch(() => {
      cy.elements().removeClass("chosen near faded");
      const line = cy.getElementById("e" + nth);
      cy.elements(".claim, .link").not(line.union(line.connectedNodes())).addClass("faded");
      line.addClass("near");
    });
    detail.replaceChildren();
    const head = tell(detail, "h3");
    button(head, edge.from);
    head.append(" " + edge.relation + " ");
    button(head, edge.to);
    tell(detail, "p", "From " + edge.provenance + ", " + edge.status + ". Because: " + edge.because);
    edge.said.forEach((one) => {
      const there = document.getElementById("s" + one);
      if (there) tell(detail, "blockquote", there.textContent);
    });
    mark(edge.said, edge.marks);
  };

  const none = () => {
    cy.batch(() => cy.elements().removeClass("chosen near faded"));
    mark([], []);
  };

  // Filters and search hold for picture and tables alike.
  const form = document.getElementById("controls");
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const rows = (table) => [...document.querySelectorAll("#" + table + " tbody tr")];
  const [nodeRows, edgeRows] = [rows("nodes"), rows("edges")];
  const draw = () => {
    const on = { provenance: new Set(), status: new Set(), kind: new Set() };
    form.querySelectorAll("input[type=checkbox]").forEach((box) => { if (box.checked) on[box.name].add(box.value); });
    const word = search.value.trim().toLowerCase();
    const shown = [];
    let hits = 0;
    cy.batch(() => {
      data.nodes.forEach((node, nth) => {
        const one = at(nth);
        const hit = word !== "" && (node.label + " " + node.detail + " " + node.id).toLowerCase().includes(word);
        const out = !on.kind.has(node.heading) || !on.status.has(node.status);
        shown[nth] = !out && (word === "" || hit);
        if (hit && !out) hits += 1;
        one.toggleClass("hidden", out);
        one.toggleClass("hit", hit);
        one.toggleClass("faded", word !== "" && !hit);
        nodeRows[nth].hidden = !shown[nth];
      });
      data.edges.forEach((edge, nth) => {
        const out = !on.provenance.has(edge.provenance);
        cy.getElementById("e" + nth).toggleClass("hidden", out);
        edgeRows[nth].hidden = out || !(shown[edge.from] || shown[edge.to]);
      });
    });
    found.textContent = word === "" ? "" : hits + " found";
  };
  form.addEventListener("change", draw);
  search.addEventListener("input", draw);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const hit = cy.nodes(".hit").not(".hidden").first();
    if (hit.length) choose(hit.data("nth"), true);
  });
  document.getElementById("fit").addEventListener("click", () => { none(); cy.fit(undefined, 20); });

  cy.on("tap", ".claim", (event) => choose(event.target.data("nth"), false));
  cy.on("tap", ".link", (event) => chooseLink(event.target.data("nth")));
  cy.on("tap", (event) => { if (event.target === cy) none(); });
  document.addEventListener("click", (event) => {
    const node = event.target.closest("button.node");
    if (node) { choose(Number(node.dataset.node), true); return; }
    const link = event.target.closest("button.link");
    if (link) { chooseLink(Number(link.dataset.edge)); return; }
    const said = event.target.closest("a.said");
    if (!said) return;
    event.preventDefault();
    // A sentence leads to its claims: the first is told, all are marked.
    const nodes = said.dataset.nodes.split(" ").map(Number);
    choose(nodes[0], true);
    cy.batch(() => nodes.forEach((nth) => at(nth).removeClass("faded").addClass("chosen")));
    tell(detail, "h3", "From the same sentence");
    const list = tell(detail, "ul");
    nodes.forEach((nth) => button(tell(list, "li"), nth));
    mark([Number(said.id.slice(1))], nodes.flatMap((nth) => data.nodes[nth].marks));
  });

  const asked = decodeURIComponent((location.hash.match(/^#node=(.*)$/) || [])[1] || "");
  if (asked) choose(data.nodes.findIndex((node) => node.id === asked), true);
  const sentence = (location.hash.match(/^#(s[0-9]+)$/) || [])[1];
  if (sentence) document.getElementById(sentence)?.click();
  document.body.dataset.drawn = cy.nodes(".claim").length;
})();
