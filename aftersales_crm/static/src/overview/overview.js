import { Component, onWillStart, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { Layout } from "@web/search/layout";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useService } from "@web/core/utils/hooks";
import { View } from "@web/views/view";

/** Whoever looks at their own work only wants to do so tomorrow too. */
const MINE = "aftersales_overview_mine";

/** Opening page of After-Sales: what waits, how well the shop does, and how that develops. */
export class AftersalesOverview extends Component {
    static template = "aftersales_crm.Overview";
    static components = { Layout, View };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ mine: browser.localStorage.getItem(MINE) === "1", queues: [] });
        this.better = _t("Better than before");
        this.worse = _t("Worse than before");
        this.display = { controlPanel: {} };
        onWillStart(async () => {
            const { figures, plots } = await this.load();
            this.figures = figures;
            this.plots = plots.map((plot) => ({ ...plot, view: this.prepareView(plot) }));
        });
    }

    async load() {
        const found = await this.orm.call("aftersales.rma", "overview", [], { mine: this.state.mine });
        this.state.queues = found.queues;
        return found;
    }

    /** The queues under the headings that they name. */
    get sections() {
        const names = [...new Set(this.state.queues.map((queue) => queue.section))];
        return names.map((name) => ({ name, queues: this.state.queues.filter((queue) => queue.section === name) }));
    }

    prepareView(plot) {
        return {
            type: "graph",
            resModel: plot.model,
            viewId: plot.view_id,
            views: [
                [plot.view_id, "graph"],
                [false, "search"],
            ],
            domain: plot.domain,
            display: { controlPanel: false },
        };
    }

    async onMine(mine) {
        this.state.mine = mine;
        browser.localStorage.setItem(MINE, mine ? "1" : "0");
        await this.load();
    }

    open(queue) {
        const additionalContext = this.state.mine ? { search_default_mine: 1 } : {};
        return this.action.doAction(queue.action, { additionalContext });
    }
}

registry.category("actions").add("aftersales_crm.overview", AftersalesOverview);
