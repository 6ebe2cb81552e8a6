import { Interaction } from "@web/public/interaction";
import { formatCurrency, getCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { readDraft, writeDraft } from "./return_draft";
import { ReturnRow } from "./return_row";

/** What becomes no return: a question, and a machine that is repaired at home. */
const QUESTIONS = ["question", "visit"];

/**
 * Shows the form one question at a time, takes over what is plain, and keeps what was chosen.
 * Without it the whole form is there and works.
 */
export class ReturnRequest extends Interaction {
    static selector = ".o_aftersales_return_request";
    dynamicContent = {
        _root: { "t-on-input": this.save, "t-on-change": this.save },
        _window: { "t-on-popstate": this.onHistory },
        ".o_aftersales_cards label": { "t-on-click": this.onCard },
        "input[name=matter]": { "t-on-change": this.refresh },
        ".o_aftersales_next": { "t-on-click": () => this.leaveMatter() },
        ".o_aftersales_back": { "t-on-click": this.onBack },
        ".o_aftersales_more": { "t-on-click": () => this.show("matter") },
        ".o_aftersales_choose": { "t-on-click": (ev) => this.choose(this.rowOf(ev)) },
        ".o_aftersales_change": { "t-on-click": this.onChange },
        ".o_aftersales_remove": { "t-on-click": this.onRemove },
        ".o_aftersales_stepper button": { "t-on-click": this.onStep },
        ".o_aftersales_stepper input": { "t-on-input": this.refresh },
        ".o_aftersales_remedy input": { "t-on-change": this.refresh },
        ".o_aftersales_short_row a": { "t-on-click": this.onShortRow },
    };

    setup() {
        this.orderId = this.el.dataset.order;
        this.currency = Number(this.el.dataset.currency);
        this.rows = [...this.el.querySelectorAll(".o_aftersales_row")]
            .filter((el) => el.querySelector("select[name^=reason-]"))
            .map((el) => new ReturnRow(el));
        this.shortRows = [...this.el.querySelectorAll(".o_aftersales_short_row a")];
        this.target = this.rows.find((row) => row.key === this.el.dataset.preset);
        this.pushed = 0;
    }

    start() {
        // What the browser refuses need not be sent, and costs the customer no photo.
        this.el.noValidate = false;
        this.target?.setQuantity(0);
        const typed = this.el.dataset.typed;
        const draft = typed ? {} : readDraft(this.orderId);
        this.restore(draft);
        this.rows.forEach((row) => row.begin(this.matter));
        const added = this.matter && this.rows.find((row) => row.key === draft.adding);
        if (added) {
            this.choose(added, false);
        } else if (this.chosen.length && (typed || !this.target)) {
            this.show("finish", false);
        } else if (typed && QUESTIONS.includes(this.matter)) {
            this.show(this.matter, false);
        } else {
            this.show(this.el.querySelector("input[name=matter][type=radio]") ? "matter" : "question", false);
        }
    }

    get matter() {
        return this.el.querySelector("input[name=matter]:checked")?.value;
    }

    get chosen() {
        return this.rows.filter((row) => row.quantity > 0);
    }

    /** Whether the customer has to say which product it is. */
    get asksItem() {
        return !this.target && this.rows.length + this.shortRows.length > 1;
    }

    rowOf(ev) {
        return this.rows.find((row) => row.el.contains(ev.currentTarget));
    }

    // === What customers do === //

    onCard(ev) {
        const input = ev.currentTarget.previousElementSibling;
        if (!input.disabled) {
            input.checked = true;
            this.leaveMatter();
        }
    }

    leaveMatter() {
        if (QUESTIONS.includes(this.matter)) {
            this.show(this.matter);
        } else if (this.asksItem) {
            this.show("item");
        } else {
            const row = this.target || this.rows[0];
            row.allows(this.matter) ? this.choose(row) : this.show("item");
        }
    }

    choose(row, moves = true) {
        row.choose(this.matter);
        this.target = undefined;
        this.show("finish", moves);
        this.save();
    }

    onChange(ev) {
        this.target = this.rowOf(ev);
        this.show("matter");
    }

    onRemove(ev) {
        this.rowOf(ev).setQuantity(0);
        this.show(this.chosen.length ? "finish" : "matter");
        this.save();
    }

    onStep(ev) {
        const row = this.rowOf(ev);
        row.setQuantity(Math.max(row.quantity + Number(ev.currentTarget.dataset.step), 1));
        this.refresh();
        this.save();
    }

    onShortRow(ev) {
        this.save();
        writeDraft(this.orderId, { ...readDraft(this.orderId), adding: ev.currentTarget.dataset.key });
    }

    onBack() {
        if (this.pushed) {
            history.back();
        } else {
            this.show(this.step === "finish" && this.asksItem ? "item" : "matter", false);
        }
    }

    onHistory(ev) {
        this.pushed = Math.max(this.pushed - 1, 0);
        this.show(ev.state?.aftersalesStep || "matter", false);
        this.focusStep();
    }

    // === What they see === //

    show(step, moves = true) {
        this.step = step;
        if (moves) {
            history.pushState({ aftersalesStep: step }, "");
            this.pushed++;
        }
        this.refresh();
        if (moves) {
            this.focusStep();
        }
    }

    focusStep() {
        const part = this.step === "finish" ? "item" : this.step;
        this.el.querySelector(`[data-step=${part}] [tabindex="-1"]`)?.focus({ preventScroll: true });
        this.el.scrollIntoView({ block: "start" });
    }

    refresh() {
        const isFinish = this.step === "finish";
        for (const part of this.el.querySelectorAll(".o_aftersales_step")) {
            part.classList.toggle("d-none", part.dataset.step !== (isFinish ? "item" : this.step));
        }
        const toggle = (selector, isShown) =>
            this.el.querySelectorAll(selector).forEach((el) => el.classList.toggle("d-none", !isShown));
        const [which, help] = this.el.querySelectorAll("[data-step=item] > h2 > span");
        which?.classList.toggle("d-none", isFinish);
        help?.classList.toggle("d-none", !isFinish);
        toggle(".o_aftersales_progress", this.step !== "matter");
        toggle(".o_aftersales_next", Boolean(this.matter));
        toggle(".o_aftersales_send", isFinish);
        toggle(".o_aftersales_short_row, .o_aftersales_idle_row", !isFinish);
        toggle(".o_aftersales_more", this.chosen.length < this.rows.length + this.shortRows.length);
        this.el.querySelector(".o_aftersales_progress span").textContent = this.progress();
        this.rows.forEach((row) => this.refreshRow(row, isFinish));
    }

    progress() {
        if (QUESTIONS.includes(this.step)) {
            return "";
        }
        const steps = this.rows.length + this.shortRows.length > 1 ? ["matter", "item", "finish"] : ["matter", "finish"];
        return _t("Step %(step)s of %(steps)s", { step: steps.indexOf(this.step) + 1, steps: steps.length });
    }

    refreshRow(row, isFinish) {
        if (!isFinish) {
            row.offer(this.matter);
            return;
        }
        row.ask();
        const amount = row.amount(row === this.chosen[0], getCurrency(this.currency)?.digits[1] ?? 2);
        row.tellMoney(formatCurrency(amount, this.currency));
    }

    // === What is kept === //

    save() {
        const answers = {};
        for (const row of this.chosen) {
            answers[row.key] = row.answers();
        }
        const words = {};
        for (const name of QUESTIONS) {
            words[name] = this.el.querySelector(`textarea[name=${name}]`)?.value;
        }
        writeDraft(this.orderId, { matter: this.matter, answers, ...words });
    }

    restore(draft) {
        const card = this.el.querySelector(`#matter-${CSS.escape(draft.matter)}`);
        if (card && !card.disabled) {
            card.checked = true;
        }
        for (const name of QUESTIONS) {
            const field = this.el.querySelector(`textarea[name=${name}]`);
            if (field && draft[name] && !this.el.dataset.asked) {
                field.value = draft[name];
            }
        }
        for (const [key, answers] of Object.entries(draft.answers || {})) {
            this.rows.find((row) => row.key === key)?.restore(answers);
        }
        if (this.el.dataset.asked) {
            writeDraft(this.orderId, { answers: draft.answers });
        }
    }
}

registry.category("public.interactions").add("aftersales_portal.return_request", ReturnRequest);
