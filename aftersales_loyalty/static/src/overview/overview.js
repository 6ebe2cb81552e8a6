import { Component, onWillStart } from "@odoo/owl";
import { Layout } from "@web/search/layout";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useService } from "@web/core/utils/hooks";
import { View } from "@web/views/view";

/** What the points are worth, and whether who collects them buys more. */
export class LoyaltyOverview extends Component {
    static template = "aftersales_loyalty.Overview";
    static components = { Layout, View };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        onWillStart(async () => {
            this.found = await this.orm.call("aftersales.loyalty.overview", "read_overview", []);
            this.plots = this.found.plots.map((plot) => ({ ...plot, view: this.prepareView(plot) }));
        });
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

    openProgram(program) {
        const additionalContext = { search_default_program_id: program.id };
        return this.action.doAction("aftersales_loyalty.loyalty_card_action_members", { additionalContext });
    }

    openTier(tier) {
        const additionalContext = { search_default_program_id: tier.program_id };
        if (tier.tier_id) {
            additionalContext.search_default_aftersales_tier_id = tier.tier_id;
        } else {
            additionalContext.search_default_no_tier = 1;
        }
        return this.action.doAction("aftersales_loyalty.loyalty_card_action_members", { additionalContext });
    }
}

registry.category("actions").add("aftersales_loyalty.overview", LoyaltyOverview);
