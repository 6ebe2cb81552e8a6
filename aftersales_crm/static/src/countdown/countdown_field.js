import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;
const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Less than this is left: hurry. */
const SOON = 2 * HOUR;

/** What is left of some time, in its two largest units. */
export function describeSpan(millis) {
    const days = Math.floor(millis / DAY);
    const hours = Math.floor((millis % DAY) / HOUR);
    const minutes = Math.floor((millis % HOUR) / MINUTE);
    const seconds = Math.floor((millis % MINUTE) / 1000);
    if (days) {
        return _t("%(days)sd %(hours)sh", { days, hours });
    }
    if (hours) {
        return _t("%(hours)sh %(minutes)smin", { hours, minutes });
    }
    if (minutes >= 5) {
        return _t("%(minutes)smin", { minutes });
    }
    return _t("%(minutes)smin %(seconds)ss", { minutes, seconds });
}

/** One clock for all countdowns on the page: a list of 80 ticks once. */
const ticker = {
    listeners: new Set(),
    timer: null,
    add(listener) {
        this.listeners.add(listener);
        this.timer ??= setInterval(() => this.listeners.forEach((tick) => tick()), 1000);
    },
    remove(listener) {
        this.listeners.delete(listener);
        if (!this.listeners.size) {
            clearInterval(this.timer);
            this.timer = null;
        }
    },
};

/** Time left until the most urgent promise of a document is due; ticks without asking the server. */
export class CountdownField extends Component {
    static template = "aftersales_crm.CountdownField";
    static props = { ...standardFieldProps, compact: { type: Boolean, optional: true } };

    setup() {
        this.state = useState({ now: DateTime.now() });
        const tick = () => {
            this.state.now = DateTime.now();
        };
        onMounted(() => ticker.add(tick));
        onWillUnmount(() => ticker.remove(tick));
    }

    get clock() {
        return this.props.record.data[this.props.name];
    }

    get due() {
        return deserializeDateTime(this.clock.due);
    }

    get paused() {
        return this.clock.paused && deserializeDateTime(this.clock.paused);
    }

    get left() {
        return this.due - (this.paused || this.state.now);
    }

    get isLate() {
        return this.left < 0;
    }

    get look() {
        if (this.isLate) {
            return "text-bg-danger";
        }
        if (this.paused) {
            return "text-bg-light border";
        }
        return this.left < SOON ? "text-bg-warning" : "text-bg-success";
    }

    get icon() {
        if (this.isLate) {
            return "fa-exclamation-triangle";
        }
        return this.paused ? "fa-pause" : "fa-clock-o";
    }

    get time() {
        const since = this.isLate && this.paused ? this.state.now - this.due : Math.abs(this.left);
        const span = describeSpan(since);
        return this.isLate ? _t("%s late", span) : span;
    }

    /** The same for a screen reader, which hears it once: the words name the time that was promised, not what is left. */
    get words() {
        const values = { what: this.clock.what, when: formatDateTime(this.due) };
        if (this.isLate) {
            return _t("%(what)s is late, promised for %(when)s", values);
        }
        if (this.paused) {
            return _t("%(what)s: the clock stands still while we wait for the customer", values);
        }
        return _t("%(what)s, promised for %(when)s", values);
    }

    get tooltip() {
        const lines = [this.words];
        if (this.clock.first !== this.clock.due) {
            lines.push(_t("First promised for %s", formatDateTime(deserializeDateTime(this.clock.first))));
        }
        if (this.clock.why) {
            lines.push(_t("Why: %s", this.clock.why));
        }
        if (this.clock.more) {
            lines.push(_t("More promises: %s", this.clock.more));
        }
        return lines.join("\n");
    }
}

export const countdownField = {
    component: CountdownField,
    displayName: _t("Countdown to a promise"),
    supportedTypes: ["json"],
    supportedOptions: [{ label: _t("Only the time"), name: "compact", type: "boolean" }],
    extractProps: ({ options }) => ({ compact: Boolean(options.compact) }),
    isEmpty: (record, name) => !record.data[name],
};

registry.category("fields").add("aftersales_countdown", countdownField);
