namespace Lrp.Models.Explanations;

/// <summary>The script of a page: layers, whole words, the tokens of a head, numbers on hover and by keys.</summary>
internal static class ExplanationPageScript
{
    public const string Code = """
        (() => {
          "use strict";
          document.documentElement.classList.add("scripted");
          const data = JSON.parse(document.getElementById("data").textContent);
          const layer = document.getElementById("layer");
          const layerName = document.getElementById("layer-name");
          const words = document.getElementById("words");
          const common = document.getElementById("common");
          const middle = (data.palette.length - 1) / 2;

          const steps = [...document.querySelectorAll(".step")].map((element, n) => ({
            data: data.steps[n],
            text: element.querySelector(".text"),
            read: element.querySelector(".read"),
            tokens: [...element.querySelectorAll(".t")].map(shown => ({ shown, ids: shown.dataset.i.split(" ").map(Number) })),
            buttons: [...element.querySelectorAll(".grid button")],
            picked: null,
            at: -1
          }));

          // The values of all tokens as the controls say.
          function values(step) {
            const at = layer ? Number(layer.value) : 0;
            const source = step.picked
              ? step.data[step.picked.kind][step.picked.block][step.picked.part]
              : at === 0 ? step.data.relevance : (step.data.layers || [])[at - 1] || step.data.relevance;
            if (!words.checked) return source;
            const sums = new Map();
            source.forEach((value, i) => {
              const word = step.data.words[i];
              const sum = sums.has(word) ? sums.get(word) : 0;
              sums.set(word, value === null || sum === null ? null : sum + value);
            });
            return source.map((_, i) => sums.get(step.data.words[i]));
          }

          // Pieces of one word share its sum; other tokens that share a place in the text are added up.
          function shownValue(step, token, all) {
            const seen = new Set();
            let sum = 0;
            for (const id of token.ids) {
              const key = words.checked ? step.data.words[id] : "t" + id;
              if (seen.has(key)) continue;
              seen.add(key);
              if (all[id] === null) return null;
              sum += all[id];
            }
            return sum;
          }

          const largest = list => list.reduce((most, value) => value === null ? most : Math.max(most, Math.abs(value)), 0);
          const number = value => value === null ? "not a number" : Number(value.toPrecision(4)).toString();

          function paint() {
            if (layerName) {
              const at = Number(layer.value);
              layerName.textContent = at === 0 ? "the tokens" : at === 1 ? "before block 1" : "behind block " + (at - 1);
            }
            const found = steps.map(step => {
              const all = values(step);
              return step.tokens.map(token => shownValue(step, token, all));
            });
            const most = Math.max(...found.map(largest));
            steps.forEach((step, n) => {
              const limit = common && common.checked ? most : largest(found[n]);
              step.tokens.forEach((token, i) => {
                const value = found[n][i];
                token.value = value;
                const share = limit > 0 && value !== null ? value / limit : 0;
                const color = data.palette[Math.round(middle + middle * Math.max(-1, Math.min(1, share)))];
                token.shown.style.background = value === null ? data.notFinite : color[0];
                token.shown.style.color = color[1];
                token.shown.removeAttribute("title");
              });
              step.sum = found[n].reduce((sum, value) => sum + (value || 0), 0);
              if (step.at >= 0) tell(step);
            });
          }

          function tell(step) {
            const token = step.tokens[step.at];
            const name = document.createElement("b");
            const isolated = document.createElement("bdi");
            isolated.textContent = token.ids.map(id => step.data.pieces[id]).join(" ");
            name.append(isolated);
            const where = step.picked ? ", " + step.picked.label : "";
            step.read.replaceChildren(name, "  " + number(token.value)
              + " (id " + token.ids.map(id => step.data.ids[id]).join(", ") + where + ")");
          }

          function show(step, at) {
            if (step.at >= 0) step.tokens[step.at].shown.classList.remove("on");
            step.at = at;
            if (at < 0) return;
            step.tokens[at].shown.classList.add("on");
            tell(step);
          }

          function unpick(step) {
            step.buttons.forEach(button => button.setAttribute("aria-pressed", "false"));
            step.picked = null;
          }

          function pick(step, button) {
            const off = button.getAttribute("aria-pressed") === "true";
            unpick(step);
            if (!off) {
              button.setAttribute("aria-pressed", "true");
              step.picked = {
                kind: button.closest("table").dataset.kind,
                block: Number(button.dataset.b),
                part: Number(button.dataset.p),
                label: button.getAttribute("aria-label").split(":")[0]
              };
            }
            paint();
            step.read.textContent = step.picked ? "Shown are the tokens of " + step.picked.label + "." : "";
          }

          steps.forEach(step => {
            step.tokens.forEach((token, i) => token.shown.addEventListener("pointerenter", () => show(step, i)));
            step.text.addEventListener("keydown", event => {
              const leftward = getComputedStyle(step.text).direction === "rtl" ? 1 : -1;
              const move = { ArrowLeft: leftward, ArrowRight: -leftward }[event.key];
              if (!move || step.tokens.length === 0) return;
              event.preventDefault();
              show(step, Math.max(0, Math.min(step.tokens.length - 1, step.at < 0 ? 0 : step.at + move)));
            });
            step.buttons.forEach(button => button.addEventListener("click", () => pick(step, button)));
          });
          if (layer) layer.addEventListener("input", () => steps.forEach(unpick));
          [layer, words, common].forEach(control => control && control.addEventListener("input", paint));
          paint();
        })();

        """;
}
