import { Component, onMounted, onWillStart, useExternalListener, useRef, useState } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { effect } from "@web/core/utils/reactive";
import { uuid } from "@web/core/utils/strings";
import { url } from "@web/core/utils/urls";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { DockCard } from "./dock_card";
import { readDraft, writeDraft } from "./draft";
import { Parcel } from "./parcel";

// Odoo's own command barcodes press buttons by themselves: see barcode_handlers.
const COMMAND = /^(OBT|OCD)/;
const CONTROLS = "input, textarea, select, button, a, .modal";

export class Dock extends Component {
    static template = "aftersales_crm.Dock";
    static components = { DockCard, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ui = useService("ui");
        this.input = useRef("input");
        this.hasCamera = isBarcodeScannerSupported();
        this.display = { controlPanel: this.ui.isSmall ? false : {} };
        this.state = useState({
            options: {},
            query: "",
            busy: false,
            feedback: false,
            parcel: false,
            candidates: false,
            warned: false,
            finished: [],
            orderId: false,
        });
        useBus(useService("barcode").bus, "barcode_scanned", (ev) => this.onScan(ev.detail.barcode));
        useExternalListener(document, "keydown", (ev) => this.onKey(ev));
        onWillStart(() => this.start());
        onMounted(() => this.focusInput());
    }

    async start() {
        const type = new Audio().canPlayType("audio/ogg") ? "ogg" : "mp3";
        this.sounds = {
            danger: new Audio(url(`/barcodes/static/src/audio/error.${type}`)),
            success: new Audio(url(`/mail/static/src/audio/ting.${type}`)),
        };
        this.state.options = await this.orm.call("aftersales.dock", "start", []);
        const { rma_id } = this.props.action.params || {};
        const draft = readDraft();
        if (rma_id || draft) {
            await this.open(rma_id || draft.rma_id);
        }
        if (draft && this.state.parcel && this.state.parcel.restore(draft)) {
            this.say("warning", _t("You had counted these already: check them, then press Enter."));
        }
        effect((state) => writeDraft(state.parcel && state.parcel.draft), [this.state]);
    }

    // --- Feedback ---

    say(type, text) {
        this.state.feedback = text ? { type, text } : false;
        this.state.orderId = false;
        const sound = this.sounds[type === "warning" ? "danger" : type];
        if (sound && text !== undefined) {
            sound.currentTime = 0;
            sound.play().catch(() => {});
        }
    }

    /** Call the server; what it refuses is shown in place, but for what Odoo's own dialog offers a way out of. */
    async call(method, ...args) {
        this.state.busy = true;
        try {
            return await this.orm.silent.call("aftersales.dock", method, args);
        } catch (error) {
            if (error.exceptionName === "odoo.exceptions.RedirectWarning") {
                throw error;
            }
            this.say("danger", this.reasonOf(error));
            return false;
        } finally {
            this.state.busy = false;
        }
    }

    reasonOf(error) {
        if (error instanceof ConnectionLostError) {
            return _t("No connection. Nothing is lost: try again, it is received once.");
        }
        if (error instanceof RPCError) {
            return error.data?.message || error.message;
        }
        throw error;
    }

    focusInput() {
        if (!this.ui.isSmall && !this.state.parcel) {
            this.input.el?.focus();
        }
    }

    // --- Scanning ---

    async onScan(code) {
        if (COMMAND.test(code) || this.state.busy || document.querySelector(".modal")) {
            return;
        }
        this.state.query = "";
        if (!this.state.parcel || !this.count(code)) {
            await this.find(code);
        }
    }

    async scanWithCamera() {
        const code = await scanBarcode(this.env).catch((error) => this.say("danger", error.message));
        if (code) {
            await this.onScan(code);
        }
    }

    async submitQuery() {
        const code = this.state.query.trim();
        if (code) {
            await this.onScan(code);
        }
    }

    /** Count a code of the goods on the table. */
    count(code) {
        const { parcel } = this.state;
        const outcome = parcel.scan(code);
        if (outcome) {
            this.sayCounted(outcome);
        }
        return outcome;
    }

    sayCounted(outcome) {
        const { active } = this.state.parcel;
        this.state.warned = false;
        if (outcome === "again") {
            this.say("warning", _t("%s has been counted already.", active.lot.name));
        } else if (outcome === "serial") {
            this.say("warning", _t("Scan the serial number of %s.", active.product));
        } else if (this.state.parcel.isExtra(active)) {
            this.say("warning", _t("%s: more than announced. It is received all the same, and the agent is told.", active.product));
        } else {
            this.sayProgress();
        }
    }

    sayProgress() {
        const { parcel } = this.state;
        if (parcel.isOpen && !parcel.missing.length) {
            this.say("success", _t("Everything is here. Press Enter."));
        } else {
            this.say("success", false);
        }
    }

    async find(code) {
        const { parcel } = this.state;
        const answer = await this.call("scan", code, parcel ? parcel.rma.id : false);
        if (!answer) {
            return;
        }
        if (answer.kind === "product") {
            this.addProduct(answer.product);
        } else if (answer.kind === "nothing" && parcel) {
            parcel.addUnannounced({ note: code });
            this.say("warning", _t("%s is not known. Say what it is.", code));
        } else if (answer.kind === "nothing") {
            this.say("danger", answer.message);
            this.state.orderId = answer.order_id && this.state.options.may_open ? answer.order_id : false;
        } else if (parcel && parcel.counted) {
            this.say("warning", _t("Finish %s first, or leave it.", parcel.rma.name));
        } else if (answer.kind === "return") {
            this.show(answer.return);
        } else {
            this.state.parcel = false;
            this.state.candidates = answer;
            this.say("success", _t("Which one is it?"));
        }
    }

    addProduct(product) {
        const { parcel } = this.state;
        const outcome = parcel.countOtherLot(product);
        if (outcome) {
            return this.sayCounted(outcome);
        }
        parcel.addUnannounced({ ...product, note: product.lot ? product.lot.name : "" });
        this.say("warning", _t("%s was not announced. It is noted for the agent.", product.product));
    }

    // --- The return on the table ---

    async open(id) {
        const rma = await this.call("open_return", id);
        if (rma) {
            this.show(rma);
        }
    }

    show(rma) {
        this.state.parcel = new Parcel(rma, uuid() + uuid());
        this.state.candidates = false;
        this.state.warned = false;
        this.input.el?.blur();
        this.say(rma.message ? "warning" : "success", rma.message || false);
    }

    leave() {
        this.state.parcel = false;
        this.state.candidates = false;
        this.say("info", undefined);
        this.focusInput();
    }

    takeAll() {
        const { parcel } = this.state;
        if (parcel.fill()) {
            this.sayProgress();
        } else {
            this.say("warning", _t("Scan the serial number of %s.", parcel.active.product));
        }
    }

    addOther() {
        this.state.parcel.addUnannounced({});
        this.state.warned = false;
    }

    onChange() {
        this.state.warned = false;
        this.say("info", undefined);
    }

    get missingText() {
        const { parcel } = this.state;
        return parcel.missing
            .map((line) => `${line.open - parcel.countedOf(line)} × ${line.product}`)
            .join(", ");
    }

    /** Whether what was entered can be sent; says why not. */
    mayConfirm() {
        const { parcel } = this.state;
        const nameless = parcel.nameless[0];
        const untold = parcel.cards.find((card) => !card.line && !card.product_id && !card.name.trim());
        if (!parcel.counted) {
            this.say("warning", _t("Nothing is counted yet: scan what is in the parcel, or press “All as announced”."));
        } else if (nameless) {
            this.say("warning", _t("Scan the serial number of %s.", nameless.product));
        } else if (untold) {
            this.say("warning", _t("Say what else was in the parcel."));
        } else if (parcel.missing.length && !this.state.warned) {
            this.state.warned = true;
            this.say("warning", _t("Missing: %s. Press Enter again to receive without.", this.missingText));
        } else {
            return true;
        }
        return false;
    }

    async confirm() {
        const { parcel } = this.state;
        if (this.state.busy || !parcel || !this.mayConfirm()) {
            return;
        }
        const done = await this.call("confirm", parcel.params);
        if (done) {
            this.finish(done);
        }
    }

    finish(done) {
        const counter = { receive: "waiting", inspect: "to_inspect" }[this.state.parcel.rma.mode];
        if (counter && !done.open && !done.repeated) {
            this.state.options[counter] -= 1;
        }
        this.state.finished.unshift(done);
        this.state.finished.splice(5);
        this.state.parcel = false;
        this.say("success", this.doneText(done));
        this.focusInput();
    }

    doneText(done) {
        const parts = [_t("%(rma)s: %(count)s received", { rma: done.name, count: done.received })];
        if (done.open) {
            parts.push(_t("%s still to come", done.open));
        }
        if (done.noted) {
            parts.push(_t("%s noted for the agent", done.noted));
        }
        return parts.join(" · ");
    }

    /** A parcel that nobody announced: an agent asks for the return on the spot. */
    async askForReturn() {
        const action = await this.orm.call("sale.order", "action_aftersales_request", [[this.state.orderId]]);
        return this.action.doAction(action);
    }

    openReturn(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "aftersales.rma",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    // --- Keyboard ---

    onKey(ev) {
        // The end of a scan is not the Enter of a person: the barcode service has taken it.
        if (ev.defaultPrevented || ev.altKey || ev.ctrlKey || !this.state.parcel) {
            return;
        }
        const steps = { ArrowUp: () => this.step(-1), ArrowDown: () => this.step(1) };
        const keys = {
            Enter: () => this.confirm(),
            Escape: () => this.leave(),
            ArrowRight: () => this.addToActive(1),
            ArrowLeft: () => this.addToActive(-1),
            ...steps,
        };
        if (keys[ev.key] && !(ev.target.closest(CONTROLS) && ev.key !== "Escape")) {
            ev.preventDefault();
            keys[ev.key]();
        }
    }

    step(by) {
        const { cards, active } = this.state.parcel;
        const index = cards.indexOf(active) + by;
        this.state.parcel.active = cards[Math.min(Math.max(index, 0), cards.length - 1)];
    }

    addToActive(quantity) {
        const { parcel } = this.state;
        if (parcel.active && parcel.isOpen) {
            parcel.add(parcel.active, quantity);
            this.onChange();
        }
    }

    /** A tapped button does not keep the Enter that finishes the parcel. */
    onClick(ev) {
        if (ev.detail && document.activeElement?.matches("button")) {
            document.activeElement.blur();
        }
    }
}

registry.category("actions").add("aftersales_crm.dock", Dock);
