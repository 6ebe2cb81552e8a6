import { Component, onWillDestroy, useEffect, useRef, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { deserializeDate, deserializeDateTime, formatDate } from "@web/core/l10n/dates";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const MODEL = "aftersales.event";
const PROFILE = "aftersales.profile";
const TONES = {
    champions: "success",
    loyal: "success",
    promising: "info",
    attention: "warning",
    at_risk: "warning",
    lost: "secondary",
};
export const ICONS = {
    order: "fa-shopping-cart",
    delivery: "fa-truck",
    invoice: "fa-file-text-o",
    payment: "fa-money",
    return: "fa-undo",
    remedy: "fa-check",
    warranty: "fa-shield",
    case: "fa-life-ring",
    visit: "fa-home",
    call: "fa-phone",
    feedback: "fa-star",
    points: "fa-gift",
    message: "fa-comment-o",
};

/** The whole history of the customer of a record: what is open, then what happened, newest first. */
export class AftersalesTimeline extends Component {
    static template = "aftersales_crm.Timeline";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.icons = ICONS;
        this.tones = TONES;
        this.end = useRef("end");
        // Only the answer to the last question is shown.
        this.asked = 0;
        this.state = useState(this.blank);
        useEffect(
            () => {
                Object.assign(this.state, this.blank);
                this.load();
                this.loadProfile();
            },
            () => [this.props.record.resModel, this.props.record.resId]
        );
        useEffect(
            () => this.watchEnd(),
            () => [this.state.next, this.state.status]
        );
        onWillDestroy(() => this.asked++);
    }

    get blank() {
        const lists = { events: [], open: [], kinds: [], years: [] };
        return { ...lists, profile: false, status: "loading", next: false, kind: "", year: 0, customer: false, error: "" };
    }

    // --- Loading ---

    /** The first page, or the one after what is shown. */
    async load(before = false) {
        const { resModel, resId } = this.props.record;
        if (!resId) {
            this.state.status = "ready";
            return;
        }
        const asked = ++this.asked;
        Object.assign(this.state, { status: before ? "more" : "loading", error: "" });
        const { kind, year } = this.state;
        const filters = { before, kind: kind || false, year: year || false };
        try {
            const page = await this.orm.silent.call(MODEL, "read_timeline", [resModel, resId], filters);
            if (asked === this.asked) {
                this.show(page, before);
            }
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            if (asked === this.asked) {
                Object.assign(this.state, { status: "failed", error: error.data?.message || error.message });
            }
        }
    }

    /** What the numbers mean: a help, so that nothing of it stands in the way of the history. */
    async loadProfile() {
        const { resModel, resId } = this.props.record;
        const profile = resId && (await this.orm.silent.call(PROFILE, "read_profile", [resModel, resId]));
        if (resId === this.props.record.resId) {
            this.state.profile = profile;
        }
    }

    show(page, before) {
        const { events, ...rest } = page;
        for (const event of events) {
            event.date = deserializeDateTime(event.date);
        }
        this.state.events = before ? [...this.state.events, ...events] : events;
        Object.assign(this.state, rest, { status: "ready" });
    }

    /** The next page comes when the end of this one comes into view. */
    watchEnd() {
        if (!this.end.el || !this.state.next || this.state.status !== "ready") {
            return;
        }
        const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && this.loadMore());
        observer.observe(this.end.el);
        return () => observer.disconnect();
    }

    loadMore() {
        if (this.state.next && this.state.status !== "more") {
            return this.load(this.state.next);
        }
    }

    filter(name, value) {
        this.state[name] = value;
        this.state.next = false;
        return this.load();
    }

    filterYear(value) {
        return this.filter("year", parseInt(value) || 0);
    }

    // --- Showing ---

    get months() {
        const months = [];
        for (const event of this.state.events) {
            const key = event.date.toFormat("yyyy-MM");
            if (months.at(-1)?.key !== key) {
                months.push({ key, name: event.date.toFormat("LLLL yyyy"), events: [] });
            }
            months.at(-1).events.push(event);
        }
        return months;
    }

    get kindNames() {
        return Object.fromEntries(this.state.kinds);
    }

    get isFiltered() {
        return Boolean(this.state.kind || this.state.year);
    }

    amount({ amount, currency_id }) {
        return currency_id ? formatCurrency(amount, currency_id) : "";
    }

    day(date) {
        return date.toFormat("d LLL");
    }

    due(date) {
        return date ? formatDate(deserializeDate(date)) : "";
    }

    href({ model, res_id }) {
        return `/odoo/${model}/${res_id}`;
    }

    // --- Acting ---

    async open({ model, res_id }) {
        await this.action.doAction(await this.orm.call(MODEL, "open_document", [model, res_id]));
    }

    openProfile() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: PROFILE,
            res_id: this.state.profile.id,
            views: [[false, "form"]],
        });
    }

    logCall() {
        const { resModel, resId } = this.props.record;
        return this.action.doAction("aftersales_crm.aftersales_call_log_action", {
            additionalContext: { default_res_model: resModel, default_res_id: resId },
            onClose: (infos) => !infos?.special && this.load(),
        });
    }
}

registry.category("view_widgets").add("aftersales_timeline", {
    component: AftersalesTimeline,
});
