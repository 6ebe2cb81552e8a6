import { Component, onMounted, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

// Odoo's own command barcodes press buttons by themselves: see barcode_handlers.
const COMMAND = /^(OBT|OCD)/;
const TONES = { covered: "success", not_covered: "danger", unknown: "warning" };
const ICONS = { covered: "fa-check-circle", not_covered: "fa-times-circle", unknown: "fa-question-circle" };

/** Scan or type, read the verdict to the customer, take the next step. */
export class WarrantyCheck extends Component {
    static template = "aftersales_crm.WarrantyCheck";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ui = useService("ui");
        this.input = useRef("input");
        this.answer = useRef("answer");
        this.hasCamera = isBarcodeScannerSupported();
        this.display = { controlPanel: this.ui.isSmall ? false : {} };
        this.state = useState({
            query: "",
            reasonId: undefined,
            on: "",
            result: false,
            hits: false,
            ...this.props.state,
            reasons: [],
            busy: false,
            error: "",
        });
        useSetupAction({
            getLocalState: () => {
                const { query, reasonId, on, result, hits } = this.state;
                return { query, reasonId, on, result, hits };
            },
        });
        // One question at a time is answered: what was asked before it does not overwrite the answer.
        this.asked = 0;
        useBus(useService("barcode").bus, "barcode_scanned", (ev) => this.onScan(ev.detail.barcode));
        useEffect(
            () => this.focusAnswer(),
            () => [this.state.result]
        );
        onWillStart(() => this.start());
        onMounted(() => this.input.el.focus());
    }

    async start() {
        const { reasons, reason_id, today } = await this.orm.call("aftersales.warranty.check", "start", []);
        Object.assign(this.state, { reasons, today });
        this.state.reasonId ??= reason_id;
        this.state.on ||= today;
        const { unit } = this.props.action.params || {};
        if (unit && !this.state.result) {
            await this.choose(unit);
        }
    }

    /** Ask the server; what it refuses is shown in place. */
    async ask(method, ...args) {
        const asked = ++this.asked;
        Object.assign(this.state, { busy: true, error: "" });
        try {
            const answer = await this.orm.silent.call("aftersales.warranty.check", method, args);
            return asked === this.asked && answer;
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            this.state.error = error.data?.message || error.message;
            return false;
        } finally {
            this.state.busy = false;
        }
    }

    /** Enter takes the first hit or the first step, unless somebody is choosing a reason or a day. */
    focusAnswer() {
        if (!document.activeElement?.closest(".o_aftersales_check_case")) {
            this.answer.el.querySelector("[data-first]")?.focus();
        }
    }

    get circumstances() {
        return [this.state.reasonId, this.state.on];
    }

    // --- Finding ---

    async onScan(code) {
        if (!COMMAND.test(code) && !document.querySelector(".modal")) {
            this.state.query = code;
            await this.find();
        }
    }

    async scanWithCamera() {
        const code = await scanBarcode(this.env).catch((error) => {
            this.state.error = error.message;
        });
        if (code) {
            await this.onScan(code);
        }
    }

    async find() {
        const code = this.state.query.trim();
        const answer = code && (await this.ask("find", code, ...this.circumstances));
        if (answer) {
            this.state.hits = answer.kind === "hits" && answer;
            this.state.result = answer;
        }
        if (answer?.kind === "nothing") {
            this.input.el.select();
        }
    }

    async choose(unit) {
        const answer = await this.ask("judge", unit, ...this.circumstances);
        if (answer) {
            this.state.result = answer;
        }
    }

    /** Another reason or day: the same unit is judged again. */
    async judgeAgain() {
        if (this.state.result?.unit) {
            await this.choose(this.state.result.unit);
        }
    }

    onReason(ev) {
        this.state.reasonId = parseInt(ev.target.value) || false;
        return this.judgeAgain();
    }

    onDay(ev) {
        this.state.on = ev.target.value || this.state.today;
        return this.judgeAgain();
    }

    /** Back to the list, or to an empty field. */
    leave() {
        if (this.state.hits && this.state.result !== this.state.hits) {
            this.state.result = this.state.hits;
            return;
        }
        Object.assign(this.state, { query: "", result: false, hits: false, error: "" });
        this.input.el.focus();
    }

    // --- The answer ---

    tone(verdict) {
        return TONES[verdict];
    }

    icon(verdict) {
        return ICONS[verdict];
    }

    get groups() {
        const { rights } = this.state.result;
        return [
            { key: "law", rights: rights.filter((right) => right.by_law) },
            { key: "promise", rights: rights.filter((right) => !right.by_law) },
        ];
    }

    partText(part) {
        return part.until ? `${part.name} ${part.percent} % → ${part.until}` : `${part.name} ${part.percent} %`;
    }

    async takeStep(step) {
        const { unit } = this.state.result;
        const action = await this.ask("step", step.code, unit || false, ...this.circumstances);
        if (action) {
            await this.action.doAction(action, { onClose: () => this.judgeAgain() });
        }
    }

    open(document) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: document.model,
            res_id: document.id,
            views: [[false, "form"]],
        });
    }

    // --- Keyboard ---

    onKey(ev) {
        if (ev.key === "Escape" && this.state.result) {
            ev.preventDefault();
            ev.stopPropagation();
            this.leave();
        } else if (ev.key === "ArrowDown" || ev.key === "ArrowUp") {
            this.walk(ev);
        }
    }

    /** Arrow keys go from the field through the hits, or through the next steps. */
    walk(ev) {
        const stops = [this.input.el, ...(this.answer.el?.querySelectorAll("[data-stop]") || [])];
        const index = stops.indexOf(document.activeElement) + (ev.key === "ArrowDown" ? 1 : -1);
        if (stops.includes(document.activeElement) && stops[index]) {
            ev.preventDefault();
            stops[index].focus();
        }
    }
}

registry.category("actions").add("aftersales_crm.warranty_check", WarrantyCheck);
